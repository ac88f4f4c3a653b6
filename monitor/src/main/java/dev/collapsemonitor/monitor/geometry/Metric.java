package dev.collapsemonitor.monitor.geometry;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Every exported metric: the one list that JSON keys, Prometheus names, dashboards and documents are checked against.
 */
public enum Metric {
    NC1(Scope.FEATURES, "Within-class variability tr(Sigma_W pinv(Sigma_B))/K; collapsed at 0.05 and below"),
    NC1_QUOTIENT(Scope.FEATURES, "tr(Sigma_W)/tr(Sigma_B)"),
    CDNV(Scope.FEATURES, "Class-distance normalized variance, mean over pairs of classes"),
    VCI(Scope.FEATURES, "Variability collapse index in [0,1]; 0 is collapsed"),
    TCV(Scope.FEATURES, "Total cluster variation tr(S_W)/N"),
    TCV_RELATIVE(Scope.FEATURES, "tr(Sigma_W)/tr(Sigma_T)"),
    CLASS_MEAN_RANK(Scope.FEATURES, "Rank of the centred class means; below min(d,K-1) class means coincide"),
    NC2_EQUINORM_MEANS(Scope.FEATURES, "Coefficient of variation of the norms of the centred class means"),
    NC2_EQUIANGULAR_MEANS(Scope.FEATURES, "Standard deviation of the cosines between centred class means"),
    NC2_MAX_ANGLE_MEANS(Scope.FEATURES, "Mean distance of the cosines between centred class means from -1/(K-1)"),
    NC2_ETF_MEANS(Scope.FEATURES, "Distance of the class means' Gram matrix from the simplex ETF's"),
    INTRA_CLASS_COSINE(Scope.FEATURES, "Mean cosine of features within a class; 1 is collapsed"),
    INTRA_CLASS_COSINE_MIN(Scope.FEATURES, "Smallest within-class mean cosine over the classes"),
    INTER_CLASS_COSINE(Scope.FEATURES, "Mean cosine of features of different classes; -1/(K-1) is collapsed"),
    INTER_CLASS_COSINE_MAX(Scope.FEATURES, "Largest mean cosine over pairs of classes"),
    FEATURE_NORM(Scope.FEATURES, "Mean Euclidean norm of the features"),
    NC4(Scope.FEATURES, "Fraction of samples whose prediction is not the nearest class centre"),
    NC4_SAMPLES(Scope.FEATURES, "Samples that nc4 and the cosines were computed on"),
    ERROR_RATE(Scope.FEATURES, "Fraction of the samples that the network predicts wrongly"),
    SNR_MIN(Scope.FEATURES, "Smallest singular value of Sigma_W^(-1/2) M_c^T"),
    SNR_MAX(Scope.FEATURES, "Largest singular value of Sigma_W^(-1/2) M_c^T"),
    SNR_DROPPED_DIMS(Scope.FEATURES, "Dimensions without within-class variance, left out of the SNR"),

    SPECTRAL_NORM(Scope.WEIGHTS, "Largest singular value of the weights"),
    FROBENIUS_NORM(Scope.WEIGHTS, "Frobenius norm of the weights"),
    STABLE_RANK(Scope.WEIGHTS, "Squared Frobenius norm over squared spectral norm"),
    EFFECTIVE_RANK(Scope.WEIGHTS, "Exponential of the entropy of the normalized singular values"),
    NUMERICAL_RANK(Scope.WEIGHTS, "Singular values above 1e-3 of the largest"),
    ROUNDOFF_RANK(Scope.WEIGHTS, "Singular values above float32 round-off of the largest"),
    ENERGY_RANK_99(Scope.WEIGHTS, "Singular values that hold 99% of the squared Frobenius norm"),
    RANK_K_DISTANCE(Scope.WEIGHTS, "Frobenius distance of the weights to the nearest matrix of rank K"),
    RANK_K_DISTANCE_RELATIVE(Scope.WEIGHTS, "rank_k_distance over the Frobenius norm"),
    RANK_K_MINUS_1_DISTANCE(Scope.WEIGHTS, "Frobenius distance of the weights to the nearest matrix of rank K-1"),
    RANK_K_MINUS_1_DISTANCE_RELATIVE(Scope.WEIGHTS, "rank_k_minus_1_distance over the Frobenius norm"),

    LOW_RANK_RATIO(Scope.BOTH, "Weight decay times rank_k_distance over tcv; bounded at critical points"),
    LOW_RANK_BOUND(Scope.BOTH, "Certified upper bound on rank_k_distance from gradient and cluster variations"),

    NC0(
            Scope.CLASSIFIER,
            "Row sum of the classifier |W^T 1|^2/K; a necessary condition of collapse is that it vanishes"),
    NC0_NORM(Scope.CLASSIFIER, "Row sum of the classifier |W^T 1|"),
    NC0_RELATIVE(Scope.CLASSIFIER, "Row sum of the classifier |W^T 1|^2/(K |W|_F^2) in [0,1]"),
    NC0_FORECAST(Scope.CLASSIFIER, "nc0 that the declared optimizer and schedule predict at this step"),
    NC2_EQUINORM_WEIGHTS(Scope.CLASSIFIER, "Coefficient of variation of the norms of the classifier's rows"),
    NC2_EQUIANGULAR_WEIGHTS(Scope.CLASSIFIER, "Standard deviation of the cosines between the classifier's rows"),
    NC2_MAX_ANGLE_WEIGHTS(Scope.CLASSIFIER, "Mean distance of the cosines between the classifier's rows from -1/(K-1)"),
    NC2_ETF_WEIGHTS(Scope.CLASSIFIER, "Distance of the classifier's Gram matrix from the simplex ETF's"),
    NC3(Scope.CLASSIFIER, "Distance of the normalized classifier from the normalized class means, in [0,2]"),
    NC3_ETF(Scope.CLASSIFIER, "Distance of the normalized product of classifier and class means from the simplex ETF"),
    NC3_FLOOR(Scope.CLASSIFIER, "Lower bound that nc0 alone puts on nc3"),
    MINORITY_ANGLE_MIN(
            Scope.CLASSIFIER, "Smallest angle in radians between classifier rows of the rarer half of the classes"),
    MINORITY_ANGLE_MEAN(
            Scope.CLASSIFIER, "Mean angle in radians between classifier rows of the rarer half of the classes"),
    MSE_LOSS_NC1(Scope.CLASSIFIER, "Part of the MSE loss due to within-class variability"),
    MSE_LOSS_NC23(Scope.CLASSIFIER, "Part of the MSE loss due to the arrangement of the class means"),
    MSE_LOSS_PERP(Scope.CLASSIFIER, "Part of the MSE loss due to the distance from the least-squares classifier"),
    CENTRAL_PATH_DISTANCE(Scope.CLASSIFIER, "mse_loss_perp/(mse_loss_nc1 + mse_loss_nc23)"),
    CENTRAL_PATH_SPREAD(Scope.CLASSIFIER, "Spread of the central path's invariant over the SNR singular values"),
    WEIGHTS_AGE_STEPS(Scope.CLASSIFIER, "Steps between the weights and the features they are paired with"),

    LOSS(Scope.RUN, "Training loss as reported by the trainer"),
    ACCURACY(Scope.RUN, "Training accuracy as reported by the trainer, in [0,1]"),
    LEARNING_RATE(Scope.RUN, "Learning rate as reported by the trainer"),
    STEP(Scope.RUN, "Optimizer updates made"),
    EPOCH(Scope.RUN, "Epochs completed"),
    ATTEMPT(Scope.RUN, "Attempt of the run; a resumed run raises it"),
    DECAY_BUDGET(Scope.RUN, "Declared decay of the classifier's row sum over the run; below 0.5 nc0 can hardly move"),
    COLLAPSE_DEPTH(Scope.RUN, "Index of the first layer from which on nc1 is at the collapsed level, 0.05 or below"),
    EQUISEPARATION_SLOPE(Scope.RUN, "Slope of the natural logarithm of nc1 against the layer index"),
    EQUISEPARATION_R2(Scope.RUN, "Share of the variance of log nc1 over the layers that a straight line explains"),
    LOCAL_ELASTICITY_WITHIN(
            Scope.RUN, "Move of probes of the class that an update was made on, relative to the move of its batch"),
    LOCAL_ELASTICITY_BETWEEN(
            Scope.RUN, "Move of probes of other classes than an update was made on, relative to the move of its batch"),
    SNAPSHOT_COVERAGE(Scope.RUN, "Share of the announced parts in the newest snapshot, the lowest over the layers"),
    LAST_RECORD_TIMESTAMP_SECONDS(Scope.RUN, "Broker's time of the newest record of the run");

    /** What a metric is computed from, which says where it appears. */
    public enum Scope {
        /** Features of any layer. */
        FEATURES,
        /** Weights of any layer. */
        WEIGHTS,
        /** Features and weights of any layer. */
        BOTH,
        /** Classifier layer only. */
        CLASSIFIER,
        /** The whole run. */
        RUN
    }

    private static final Map<String, Metric> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Metric::exportedName, Function.identity()));

    private final Scope scope;
    private final String help;
    private final String exportedName = name().toLowerCase(Locale.ROOT);

    Metric(Scope scope, String help) {
        this.scope = scope;
        this.help = help;
    }

    /** The key in JSON; Prometheus adds the prefix {@code collapse_}. */
    public String exportedName() {
        return exportedName;
    }

    /** One line on what it measures. */
    public String help() {
        return help;
    }

    public Scope scope() {
        return scope;
    }

    /** The metric of that exported name, or null. */
    public static Metric byName(String name) {
        return BY_NAME.get(name);
    }
}
