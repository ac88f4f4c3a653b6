package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Decompositions;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.protocol.v1.LayerKind;
import java.util.Arrays;

/** Rank and spectrum of one weight matrix (arXiv 2402.03991), from its singular values s_1 ≥ s_2 ≥ … */
public final class LowRank {
    /** Relative tolerance of {@code numerical_rank}. */
    static final double NUMERICAL_RANK_TOLERANCE = 1e-3;

    private static final double FLOAT_EPSILON = 0x1p-23;

    private LowRank() {}

    /**
     * Computes all metrics of the spectrum and returns the singular values, largest first.
     *
     * <p>{@code stable_rank} = ‖W‖²_F/s_1²; {@code effective_rank} = exp(−Σ p ln p), p = s/Σs (Roy &amp; Vetterli
     * 2007); {@code numerical_rank} = #{s_i > 1e-3·s_1}; {@code roundoff_rank} = #{s_i > max(m,n)·2⁻²³·s_1};
     * {@code energy_rank_99} = smallest r with Σ_{i≤r} s_i² ≥ 0.99 Σ s²; {@code rank_k_distance} = √(Σ_{i>K} s_i²)
     * (Eckart–Young). Ranks and relative distances are undefined for W = 0.
     *
     * @param gram of the shorter side of W
     * @param classes K; 0 when it is not known, which leaves the distances to rank K undefined
     */
    static double[] compute(LayerWeights layer, Matrix gram, int classes, MetricValues metrics) {
        int shorter = Math.min(layer.weights().rows(), layer.weights().columns());
        double[] s = Decompositions.singularValues(layer.weights(), gram, Math.min(classes, shorter - 1), shorter);
        double frobenius = layer.weights().frobeniusNorm();
        metrics.set(Metric.SPECTRAL_NORM, s[0]);
        metrics.set(Metric.FROBENIUS_NORM, frobenius);
        computeDistances(s, frobenius, classes, metrics);
        if (s[0] == 0) {
            metrics.undefine(
                    "the weights are zero",
                    Metric.STABLE_RANK,
                    Metric.EFFECTIVE_RANK,
                    Metric.NUMERICAL_RANK,
                    Metric.ROUNDOFF_RANK,
                    Metric.ENERGY_RANK_99);
            return s;
        }
        int longer = Math.max(layer.weights().rows(), layer.weights().columns());
        metrics.set(Metric.STABLE_RANK, (frobenius / s[0]) * (frobenius / s[0]));
        metrics.set(Metric.EFFECTIVE_RANK, effectiveRank(s));
        metrics.set(Metric.NUMERICAL_RANK, countAbove(s, NUMERICAL_RANK_TOLERANCE * s[0]));
        metrics.set(Metric.ROUNDOFF_RANK, countAbove(s, longer * FLOAT_EPSILON * s[0]));
        metrics.set(Metric.ENERGY_RANK_99, energyRank(s, 0.99));
        return s;
    }

    private static void computeDistances(double[] s, double frobenius, int classes, MetricValues metrics) {
        if (classes == 0) {
            metrics.undefine(
                    "the number of classes is not known",
                    Metric.RANK_K_DISTANCE,
                    Metric.RANK_K_MINUS_1_DISTANCE,
                    Metric.RANK_K_DISTANCE_RELATIVE,
                    Metric.RANK_K_MINUS_1_DISTANCE_RELATIVE);
            return;
        }
        metrics.set(Metric.RANK_K_DISTANCE, tail(s, classes));
        metrics.set(Metric.RANK_K_MINUS_1_DISTANCE, tail(s, classes - 1));
        if (frobenius == 0) {
            metrics.undefine(
                    "the weights are zero", Metric.RANK_K_DISTANCE_RELATIVE, Metric.RANK_K_MINUS_1_DISTANCE_RELATIVE);
            return;
        }
        metrics.set(Metric.RANK_K_DISTANCE_RELATIVE, tail(s, classes) / frobenius);
        metrics.set(Metric.RANK_K_MINUS_1_DISTANCE_RELATIVE, tail(s, classes - 1) / frobenius);
    }

    /**
     * {@code low_rank_ratio} = λ · rank_k_distance / tcv of the layer's input: bounded at critical points of dense layers
     * under coupled L2 (arXiv 2402.03991). Undefined, with the reason, for anything else.
     */
    static void computeRatio(LayerWeights layer, MetricValues metrics) {
        double variation = metrics.get(Metric.TCV);
        String reason = outsideTheorem(layer);
        if (reason == null && !(variation > 0)) {
            reason = "the features have no variation within classes";
        }
        if (reason != null) {
            metrics.undefine(reason, Metric.LOW_RANK_RATIO);
            return;
        }
        metrics.set(Metric.LOW_RANK_RATIO, layer.weightDecay() * metrics.get(Metric.RANK_K_DISTANCE) / variation);
    }

    /**
     * {@code low_rank_bound} = (1/λ)(‖G‖_F + √(TCV(h)·TCV(δ))) ≥ rank_k_distance, with h the layer's input, δ_i the
     * gradient of sample i's loss by the layer's output, G = (1/N) Σ δ_i h_iᵀ + λW the full gradient of the weights, decay
     * included, and TCV = tr(S_W)/N (derived from arXiv 2402.03991). It has the unit of W.
     *
     * <p>Proof: G − λW splits into Σ_k π_k δ̄_k μ_kᵀ, of rank K at most, and the mean of (δ_i−δ̄)(h_i−μ)ᵀ, which is no
     * larger than the root. So it holds for dense layers under coupled decay, and when h, δ and G are of the same
     * samples; where the declared training samples are not those of the snapshot, a note says so. Undefined, with the
     * reason, for anything else, for λ = 0, and without signals or gradient norm.
     *
     * @param dimension of h
     * @param samples N
     */
    static void computeBound(
            LayerWeights layer, int dimension, double samples, LayerContext.Signals signals, MetricValues metrics) {
        String reason = withoutBound(layer, dimension, signals);
        if (reason != null) {
            metrics.undefine(reason, Metric.LOW_RANK_BOUND);
            return;
        }
        double product = Math.sqrt(metrics.get(Metric.TCV)) * Math.sqrt(signals.variation());
        metrics.set(Metric.LOW_RANK_BOUND, (layer.gradientNorm() + product) / layer.weightDecay());
        long declared = Arrays.stream(layer.classCounts()).sum();
        if (declared > 0 && declared != samples) {
            metrics.note(
                    Metric.LOW_RANK_BOUND,
                    "certain only if the gradient is that of the snapshot's " + Math.round(samples) + " samples; "
                            + declared + " training samples were declared");
        }
    }

    private static String withoutBound(LayerWeights layer, int dimension, LayerContext.Signals signals) {
        String reason = outsideTheorem(layer);
        if (reason != null) {
            return reason;
        }
        if (!(layer.weightDecay() > 0)) {
            return "there is no weight decay";
        }
        if (!signals.missing().isEmpty()) {
            return signals.missing();
        }
        int rows = layer.weights().rows();
        if (signals.outputs() != rows || layer.weights().columns() != dimension) {
            return "signals of " + signals.outputs() + " outputs and features of dimension " + dimension
                    + " do not fit weights of " + rows + " × " + layer.weights().columns();
        }
        return layer.gradientNorm() > 0 ? null : "the norm of the gradient was not published";
    }

    /** Why the theorem does not speak of this layer, or null. */
    private static String outsideTheorem(LayerWeights layer) {
        if (layer.kind() == LayerKind.CONVOLUTION) {
            return "the theorem is about dense layers";
        }
        return switch (layer.coupling()) {
            case COUPLED -> null;
            case COUPLING_UNSPECIFIED -> "the coupling of the weight decay was not declared";
            default -> "the theorem is about coupled weight decay";
        };
    }

    private static double tail(double[] s, int from) {
        double squares = 0;
        for (int i = s.length - 1; i >= Math.max(0, from); i--) {
            squares += s[i] * s[i];
        }
        return Math.sqrt(squares);
    }

    private static double effectiveRank(double[] s) {
        double sum = 0;
        for (double value : s) {
            sum += value;
        }
        double entropy = 0;
        for (double value : s) {
            double p = value / sum;
            entropy -= p > 0 ? p * Math.log(p) : 0;
        }
        return Math.exp(entropy);
    }

    private static int countAbove(double[] s, double threshold) {
        int count = 0;
        while (count < s.length && s[count] > threshold) {
            count++;
        }
        return count;
    }

    private static int energyRank(double[] s, double share) {
        double total = 0;
        for (int i = s.length - 1; i >= 0; i--) {
            total += s[i] * s[i];
        }
        double sum = 0;
        int rank = 0;
        while (rank < s.length && sum < share * total) {
            sum += s[rank] * s[rank];
            rank++;
        }
        return rank;
    }
}
