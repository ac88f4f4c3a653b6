package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.statistics.ClassStatistics;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.protocol.v1.LossKind;

/**
 * All metrics of one layer at one step: the one computation behind the stream and {@code analyze}.
 *
 * @param metrics values, and the reasons for those that are undefined
 * @param singularValues of the weights, largest first; empty without weights
 * @param snrSingularValues ω_j, largest first; empty when undefined
 */
public record LayerMetrics(MetricValues metrics, double[] singularValues, double[] snrSingularValues) {

    /** As {@link #of(ClassStatistics, LayerWeights, LayerContext)} of one moment alone. */
    public static LayerMetrics of(ClassStatistics statistics, LayerWeights weights) {
        return of(statistics, weights, LayerContext.NONE);
    }

    /** Metrics of the features of a layer, and of its weights where they are at hand. */
    public static LayerMetrics of(ClassStatistics statistics, LayerWeights weights, LayerContext context) {
        MetricValues metrics = new MetricValues();
        Matrix centredMeans = statistics.centredMeans();
        boolean coincide = VariabilityCollapse.meansCoincide(statistics, centredMeans);
        Matrix meansGram = centredMeans.gram();
        SemidefiniteMatrix within = SemidefiniteMatrix.within(statistics, context.effort());
        VariabilityCollapse.computeTraces(statistics, centredMeans, metrics);
        VariabilityCollapse.computeNc1(statistics, centredMeans, meansGram, within, metrics);
        VariabilityCollapse.computeCdnv(statistics, centredMeans, meansGram, metrics);
        SimplexEtf.compute(
                centredMeans,
                coincide ? meansGram.scaled(0) : meansGram, // rounding has no shape
                Metric.NC2_EQUINORM_MEANS,
                Metric.NC2_EQUIANGULAR_MEANS,
                Metric.NC2_MAX_ANGLE_MEANS,
                Metric.NC2_ETF_MEANS,
                metrics);
        metrics.set(Metric.FEATURE_NORM, statistics.normSum() / statistics.total());
        boolean classifier = weights != null && isClassifierOf(statistics, weights);
        new RetainedGeometry(statistics, centredMeans).compute(classifier ? weights : null, metrics);
        double[] omegas = SignalToNoise.compute(statistics, centredMeans, within, metrics);
        double[] singular = new double[0];
        if (weights != null) {
            double[] counts =
                    weights.classCounts().length > 0 ? asDoubles(weights.classCounts()) : allCounts(statistics);
            singular = computeWeights(weights, statistics.classes(), classifier, counts, metrics);
            LowRank.computeRatio(weights, metrics);
            LowRank.computeBound(weights, statistics.dimension(), statistics.total(), context.signals(), metrics);
        }
        if (classifier) {
            Matrix rows = weights.weights().selectRows(statistics.present());
            SelfDuality.compute(rows, centredMeans, coincide, metrics);
            if (weights.loss() == LossKind.MSE) {
                MseDecomposition.compute(
                        statistics, within, rows, presentBias(statistics, weights), weights, context.effort(), metrics);
                CentralPath.computeSpread(context.firstOmegas(), omegas, statistics.presentClasses(), metrics);
            } else {
                metrics.undefine(
                        "the loss is not MSE",
                        Metric.MSE_LOSS_NC1,
                        Metric.MSE_LOSS_NC23,
                        Metric.MSE_LOSS_PERP,
                        Metric.CENTRAL_PATH_DISTANCE,
                        Metric.CENTRAL_PATH_SPREAD);
            }
        }
        return new LayerMetrics(metrics, singular, omegas);
    }

    /**
     * Metrics of weights whose features were not published.
     *
     * @param classes 0 when not known: then the distances to rank K and K−1 are undefined
     */
    public static LayerMetrics ofWeights(LayerWeights weights, int classes) {
        MetricValues metrics = new MetricValues();
        double[] singular =
                computeWeights(weights, classes, weights.classifier(), asDoubles(weights.classCounts()), metrics);
        return new LayerMetrics(metrics, singular, new double[0]);
    }

    /** What the weights alone tell; returns their singular values. */
    private static double[] computeWeights(
            LayerWeights layer, int classes, boolean classifier, double[] classCounts, MetricValues metrics) {
        Matrix weights = layer.weights();
        Matrix gram = weights.shorterGram();
        double[] singular = LowRank.compute(layer, gram, classes, metrics);
        if (classifier) {
            Matrix rowGram = weights.rows() <= weights.columns() ? gram : weights.gram();
            ClassifierRowSum.compute(weights, metrics);
            SimplexEtf.compute(
                    weights,
                    rowGram,
                    Metric.NC2_EQUINORM_WEIGHTS,
                    Metric.NC2_EQUIANGULAR_WEIGHTS,
                    Metric.NC2_MAX_ANGLE_WEIGHTS,
                    Metric.NC2_ETF_WEIGHTS,
                    metrics);
            MinorityAngles.compute(weights, rowGram, classCounts, metrics);
        }
        return singular;
    }

    private static boolean isClassifierOf(ClassStatistics statistics, LayerWeights weights) {
        return weights.classifier()
                && weights.weights().rows() == statistics.classes()
                && weights.weights().columns() == statistics.dimension();
    }

    private static double[] allCounts(ClassStatistics statistics) {
        double[] counts = new double[statistics.classes()];
        for (int p = 0; p < statistics.presentClasses(); p++) {
            counts[statistics.present()[p]] = statistics.counts()[p];
        }
        return counts;
    }

    private static double[] asDoubles(long[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    private static double[] presentBias(ClassStatistics statistics, LayerWeights weights) {
        if (!weights.hasBias()) {
            return new double[0];
        }
        double[] bias = new double[statistics.presentClasses()];
        for (int p = 0; p < bias.length; p++) {
            bias[p] = weights.bias()[statistics.present()[p]];
        }
        return bias;
    }
}
