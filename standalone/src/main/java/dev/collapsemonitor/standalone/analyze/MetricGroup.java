package dev.collapsemonitor.standalone.analyze;

import dev.collapsemonitor.monitor.geometry.Metric;

/** Sections of the table, in the order in which collapse is told. */
enum MetricGroup {
    NC0("NC0: row sum of the classifier"),
    NC1("NC1: variability within classes"),
    NC2("NC2: simplex ETF"),
    NC3("NC3: self-duality"),
    NC4("NC4: nearest class centre"),
    COSINES("Cosines, norms and angles"),
    MSE("MSE decomposition and signal-to-noise"),
    LOW_RANK("Low rank");

    private final String title;

    MetricGroup(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    boolean holds(Metric metric) {
        return of(metric) == this;
    }

    private static MetricGroup of(Metric metric) {
        return switch (metric) {
            case NC0, NC0_NORM, NC0_RELATIVE, NC0_FORECAST -> NC0;
            case NC1, NC1_QUOTIENT, CDNV, VCI, TCV, TCV_RELATIVE, CLASS_MEAN_RANK -> NC1;
            case NC2_EQUINORM_MEANS,
                    NC2_EQUIANGULAR_MEANS,
                    NC2_MAX_ANGLE_MEANS,
                    NC2_ETF_MEANS,
                    NC2_EQUINORM_WEIGHTS,
                    NC2_EQUIANGULAR_WEIGHTS,
                    NC2_MAX_ANGLE_WEIGHTS,
                    NC2_ETF_WEIGHTS -> NC2;
            case NC3, NC3_ETF, NC3_FLOOR, WEIGHTS_AGE_STEPS -> NC3;
            case NC4, NC4_SAMPLES, ERROR_RATE -> NC4;
            case MSE_LOSS_NC1,
                    MSE_LOSS_NC23,
                    MSE_LOSS_PERP,
                    CENTRAL_PATH_DISTANCE,
                    CENTRAL_PATH_SPREAD,
                    SNR_MIN,
                    SNR_MAX,
                    SNR_DROPPED_DIMS -> MSE;
            case INTRA_CLASS_COSINE,
                    INTRA_CLASS_COSINE_MIN,
                    INTER_CLASS_COSINE,
                    INTER_CLASS_COSINE_MAX,
                    FEATURE_NORM,
                    MINORITY_ANGLE_MIN,
                    MINORITY_ANGLE_MEAN -> COSINES;
            default -> LOW_RANK;
        };
    }
}
