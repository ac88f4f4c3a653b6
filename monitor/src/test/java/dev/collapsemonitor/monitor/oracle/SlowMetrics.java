package dev.collapsemonitor.monitor.oracle;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Every metric of one layer by its definition, in loops: slow, in float64 or better, and sharing nothing with the
 * engine it checks. Keys are the exported names; what is undefined is absent, with a reason.
 *
 * <p>E* = (I − 11ᵀ/K)/√(K−1): the simplex-ETF Gram matrix of unit Frobenius norm. Classes without samples are left out
 * of everything that uses class means (K is then the number of classes present); metrics of the weights alone use all
 * rows; those that pair weights with means, and the NC3 floor, use the rows of the classes present.
 */
public final class SlowMetrics {

    public static final Set<String> FEATURES = names("nc1 nc1_quotient cdnv vci tcv tcv_relative class_mean_rank"
            + " nc2_equinorm_means nc2_equiangular_means nc2_max_angle_means nc2_etf_means"
            + " intra_class_cosine intra_class_cosine_min inter_class_cosine inter_class_cosine_max"
            + " feature_norm nc4 nc4_samples error_rate snr_min snr_max snr_dropped_dims");
    public static final Set<String> WEIGHTS = names("spectral_norm frobenius_norm stable_rank effective_rank"
            + " numerical_rank roundoff_rank energy_rank_99 rank_k_distance rank_k_distance_relative"
            + " rank_k_minus_1_distance rank_k_minus_1_distance_relative");
    /** Without low_rank_bound: {@link #lowRankBound}. */
    public static final Set<String> BOTH = names("low_rank_ratio");
    /** Without nc0_forecast ({@link SlowForecast}) and weights_age_steps (no arithmetic). */
    public static final Set<String> CLASSIFIER = names("nc0 nc0_norm nc0_relative nc2_equinorm_weights"
            + " nc2_equiangular_weights nc2_max_angle_weights nc2_etf_weights nc3 nc3_etf nc3_floor"
            + " minority_angle_min minority_angle_mean mse_loss_nc1 mse_loss_nc23 mse_loss_perp"
            + " central_path_distance central_path_spread");

    public static final Set<String> ALL = union(FEATURES, WEIGHTS, BOTH, CLASSIFIER);
    /** What needs a decomposition of cubic cost with a large constant: leave it out at d or K of a thousand. */
    public static final Set<String> SPECTRAL = union(
            WEIGHTS,
            BOTH,
            names("nc1 class_mean_rank vci snr_min snr_max snr_dropped_dims mse_loss_nc1 mse_loss_nc23"
                    + " mse_loss_perp central_path_distance central_path_spread"));

    public static final Set<String> NOT_SPECTRAL = difference(ALL, SPECTRAL);

    /** Of s_1, for the singular values of M_c. */
    static final double RANK_CUTOFF = 1e-6;

    private static final double NUMERICAL_RANK_TOLERANCE = 1e-3;

    /**
     * @param values defined metrics by exported name
     * @param absent why a metric is undefined, by exported name
     * @param omegas the restricted SNR singular values, descending; empty if not asked for
     */
    public record Result(Map<String, Double> values, Map<String, String> absent, double[] omegas) {

        public double get(String name) {
            Double value = values.get(name);
            if (value == null) {
                throw new IllegalStateException(name + " is absent: " + absent.get(name));
            }
            return value;
        }

        public boolean has(String name) {
            return values.containsKey(name);
        }
    }

    private final Sample sample;
    private final Set<String> only;
    private final Map<String, Double> values = new TreeMap<>();
    private final Map<String, String> absent = new TreeMap<>();
    private SlowStatistics statistics;
    private double[] omegas = new double[0];

    private SlowMetrics(Sample sample, Set<String> only) {
        this.sample = sample;
        this.only = only;
    }

    public static Result compute(Sample sample) {
        return compute(sample, ALL);
    }

    /** Those metrics only. */
    public static Result compute(Sample sample, Set<String> only) {
        return new SlowMetrics(sample, only).run();
    }

    private Result run() {
        statistics = SlowStatistics.of(sample);
        if (sample.hasFeatures()) {
            variability();
            snr();
            geometryOf(statistics.centredMeans(), "_means");
            nearestCentre();
            cosines();
            featureNorm();
        } else {
            absent(FEATURES, "no features");
        }
        if (sample.hasWeights()) {
            lowRank();
        } else {
            absent(WEIGHTS, "no weights");
            absent(BOTH, "no weights");
        }
        if (!sample.hasWeights()) {
            absent(CLASSIFIER, "no weights");
        } else if (!sample.isClassifier()) {
            absent(CLASSIFIER, "not the classifier");
        } else {
            rowSum();
            geometryOf(sample.weights(), "_weights");
            if (sample.hasFeatures()) {
                selfDuality();
                minorityAngles();
                mse();
            } else {
                absent(
                        names("nc3 nc3_etf nc3_floor minority_angle_min minority_angle_mean mse_loss_nc1"
                                + " mse_loss_nc23 mse_loss_perp central_path_distance central_path_spread"),
                        "no features");
            }
        }
        return new Result(Collections.unmodifiableMap(values), Collections.unmodifiableMap(absent), omegas);
    }

    // ---------------------------------------------------------------------------------------------------- features

    /**
     * nc1 = tr(Σ_W Σ_B⁺)/K. By thin SVD M_c = U diag(s) Vᵀ: nc1 = Σ_{j: s_j > 1e-6·s_1} (v_jᵀ Σ_W v_j)/s_j².
     * class_mean_rank = number of s_j kept. nc1_quotient = tr Σ_W / tr Σ_B. cdnv = average over pairs i&lt;j of
     * (Var_i+Var_j)/(2‖μ_i−μ_j‖²), Var_k = v_k/n_k. tcv = tr(S_W)/N, tcv_relative = tr Σ_W/tr Σ_T. Σ_W = S_W/N, Σ_B =
     * M_cᵀM_c/K, Σ_T = Σ_W + Σ_B. Constant features: Σ_B = 0: nc1 undefined.
     */
    private void variability() {
        double[][] centred = statistics.centredMeans();
        int k = centred.length;
        double traceW = statistics.scatterTrace() / statistics.total();
        double traceB = Sums.squared(centred) / k;
        put("tcv", traceW);
        if (traceB > 0) {
            put("nc1_quotient", traceW / traceB);
        } else {
            absent("nc1_quotient", "class means coincide");
        }
        if (traceW + traceB > 0) {
            put("tcv_relative", traceW / (traceW + traceB));
        } else {
            absent("tcv_relative", "constant features");
        }
        if (wants("nc1", "class_mean_rank")) {
            if (traceB > 0) {
                Svd svd = Svd.of(centred);
                int rank = Svd.rank(svd.s(), RANK_CUTOFF);
                put("class_mean_rank", rank);
                put("nc1", nc1(svd, rank));
            } else {
                put("class_mean_rank", 0);
                absent("nc1", "class means coincide");
            }
        }
        if (wants("cdnv")) {
            cdnv();
        }
    }

    private double nc1(Svd svd, int rank) {
        Sums sum = new Sums();
        for (int i = 0; i < statistics.deviations().length; i++) {
            for (int j = 0; j < rank; j++) {
                double along = Sums.dot(svd.right()[j], statistics.deviations()[i]) / svd.s()[j];
                sum.addProduct(statistics.rowWeight(i) * along, along);
            }
        }
        return sum.value() / statistics.total();
    }

    private void cdnv() {
        int[] present = statistics.present();
        double[][] centred = statistics.centredMeans();
        Sums sum = new Sums();
        int pairs = 0;
        for (int i = 0; i < present.length; i++) {
            for (int j = i + 1; j < present.length; j++) {
                double distance = Sums.squaredDistance(centred[i], centred[j]);
                if (distance == 0) {
                    absent("cdnv", "the means of classes " + present[i] + " and " + present[j] + " coincide");
                    return;
                }
                sum.add((variance(present[i]) + variance(present[j])) / (2 * distance));
                pairs++;
            }
        }
        if (pairs == 0) {
            absent("cdnv", "fewer than two classes");
        } else {
            put("cdnv", sum.value() / pairs);
        }
    }

    private double variance(int label) {
        return statistics.variances()[label] / statistics.counts()[label];
    }

    /**
     * vci = 1 − tr(Σ_T⁺Σ_B)/r, r = min(d, K−1), as the mean over j ≤ r of K/(K+ω_j²); snr_min, snr_max: of the SNR
     * singular values ω; snr_dropped_dims: dimensions outside range(Σ_W).
     */
    private void snr() {
        if (!wants("vci", "snr_min", "snr_max", "snr_dropped_dims", "central_path_spread")) {
            return;
        }
        int k = statistics.present().length;
        if (k < 2) {
            absent(names("vci snr_min snr_max snr_dropped_dims"), "fewer than two classes");
            return;
        }
        SlowSnr snr = SlowSnr.of(statistics);
        omegas = snr.omegas();
        put("snr_dropped_dims", snr.dropped());
        if (omegas.length == 0) {
            absent("snr_min", "no within-class variance");
            absent("snr_max", "no within-class variance");
        } else {
            put("snr_max", omegas[0]);
            put("snr_min", omegas[omegas.length - 1]);
        }
        if (omegas.length == 0 && Sums.squared(statistics.centredMeans()) == 0) {
            absent("vci", "constant features");
        } else {
            Sums sum = new Sums();
            for (double omega : snr.finite()) {
                sum.add(k / (k + omega * omega));
            }
            put("vci", sum.value() / Math.min(statistics.dimensions(), k - 1));
        }
    }

    /**
     * nc2_equinorm = std/mean over k of the norms (population std). nc2_equiangular = std over c≠c' of the cosine.
     * nc2_max_angle = mean over c≠c' of |cos + 1/(K−1)|. nc2_etf = ‖G/‖G‖_F − E*‖_F, G the Gram matrix of the rows.
     */
    private void geometryOf(double[][] rows, String suffix) {
        Set<String> all = names("nc2_equinorm%s nc2_equiangular%s nc2_max_angle%s nc2_etf%s".replace("%s", suffix));
        if (all.stream().noneMatch(only::contains)) {
            return;
        }
        int k = rows.length;
        double[] norms = Arrays.stream(rows).mapToDouble(Sums::norm).toArray();
        double mean = mean(norms);
        if (k < 2 || mean == 0) {
            absent(all, k < 2 ? "fewer than two classes" : "all rows are zero");
            return;
        }
        put("nc2_equinorm" + suffix, deviation(norms) / mean);

        double[][] gram = new double[k][k];
        for (int i = 0; i < k; i++) {
            for (int j = 0; j <= i; j++) {
                gram[i][j] = Sums.dot(rows[i], rows[j]);
                gram[j][i] = gram[i][j];
            }
        }
        double[] cosines = new double[k * (k - 1) / 2];
        int pairs = 0;
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < i; j++) {
                if (norms[i] > 0 && norms[j] > 0) {
                    cosines[pairs++] = gram[i][j] / norms[i] / norms[j];
                }
            }
        }
        if (pairs == 0) {
            absent("nc2_equiangular" + suffix, "fewer than two rows are not zero");
            absent("nc2_max_angle" + suffix, "fewer than two rows are not zero");
        } else {
            double[] defined = Arrays.copyOf(cosines, pairs);
            put("nc2_equiangular" + suffix, deviation(defined));
            put(
                    "nc2_max_angle" + suffix,
                    mean(Arrays.stream(defined)
                            .map(c -> Math.abs(c + 1.0 / (k - 1)))
                            .toArray()));
        }
        put("nc2_etf" + suffix, distanceToEtf(gram));
    }

    /** ‖G/‖G‖_F − E*‖_F. */
    private static double distanceToEtf(double[][] g) {
        int k = g.length;
        double norm = Sums.norm(g);
        Sums sum = new Sums();
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < k; j++) {
                double target = ((i == j ? 1 : 0) - 1.0 / k) / Math.sqrt(k - 1);
                sum.addSquare(g[i][j] / norm - target);
            }
        }
        return Math.sqrt(sum.value());
    }

    /**
     * nc4 = fraction of samples whose predicted label (published predictions; else argmax_k(w_k·h+b_k)) ≠
     * argmin_k‖h−μ_k‖; nc4_samples says how many. Hidden layers: against published predictions. error_rate: wrongly
     * predicted of the seen.
     */
    private void nearestCentre() {
        if (!wants("nc4", "nc4_samples", "error_rate")) {
            return;
        }
        if (sample.predictions().length == 0 && !(sample.hasWeights() && sample.isClassifier())) {
            absent(names("nc4 nc4_samples error_rate"), "neither predictions nor the classifier's weights");
            return;
        }
        Sums differs = new Sums();
        Sums wrong = new Sums();
        for (int i = 0; i < sample.features().length; i++) {
            int predicted = sample.predictions().length > 0 ? sample.predictions()[i] : argmax(sample.features()[i]);
            if (wants("nc4") && predicted != nearest(sample.features()[i])) {
                differs.add(statistics.rowWeight(i));
            }
            if (predicted != sample.labels()[i]) {
                wrong.add(statistics.rowWeight(i));
            }
        }
        put("nc4", differs.value() / statistics.total());
        put("nc4_samples", sample.features().length);
        put("error_rate", wrong.value() / statistics.total());
    }

    /** The first of the largest logits. */
    private int argmax(double[] h) {
        int best = -1;
        double largest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < sample.weights().length; k++) {
            Sums logit = new Sums();
            for (int j = 0; j < h.length; j++) {
                logit.addProduct(sample.weights()[k][j], h[j]);
            }
            logit.add(sample.bias().length == 0 ? 0 : sample.bias()[k]);
            if (logit.value() > largest) {
                largest = logit.value();
                best = k;
            }
        }
        return best;
    }

    /** The first of the nearest classes present. */
    private int nearest(double[] h) {
        int best = -1;
        double smallest = Double.POSITIVE_INFINITY;
        for (int k : statistics.present()) {
            double distance = Sums.squared(statistics.fromMean(h, k));
            if (distance < smallest) {
                smallest = distance;
                best = k;
            }
        }
        return best;
    }

    /**
     * Of features centred by μ_G, over pairs of distinct samples. With u_i = (h_i−μ_G)/‖h_i−μ_G‖ and ν_c = mean u_i over
     * n samples of c: intra_c = (n‖ν_c‖²−1)/(n−1), inter_{cc'} = ν_c·ν_{c'}. intra_class_cosine (mean over classes),
     * intra_class_cosine_min, inter_class_cosine (mean over pairs), inter_class_cosine_max. One sample in a class: its
     * cosine undefined and left out.
     *
     * <p>With sample weights w: intra_c = (‖Σ w u‖² − Σ w²)/((Σ w)² − Σ w²), the mean over pairs weighted by w_i·w_j.
     */
    private void cosines() {
        Set<String> all = names("intra_class_cosine intra_class_cosine_min inter_class_cosine inter_class_cosine_max");
        if (all.stream().noneMatch(only::contains)) {
            return;
        }
        int[] present = statistics.present();
        if (present.length < 2) {
            absent(all, "fewer than two classes");
            return;
        }
        int d = statistics.dimensions();
        double[][] nu = new double[present.length][];
        Sums intra = new Sums();
        double intraMin = Double.POSITIVE_INFINITY;
        int intraClasses = 0;
        for (int c = 0; c < present.length; c++) {
            Sums[] sum = new Sums[d];
            Arrays.setAll(sum, j -> new Sums());
            Sums weight = new Sums();
            Sums squares = new Sums();
            int samples = 0;
            for (int i = 0; i < sample.labels().length; i++) {
                if (sample.labels()[i] != present[c]) {
                    continue;
                }
                double[] u = statistics.fromGrandMean(sample.features()[i]);
                double norm = Sums.norm(u);
                double w = statistics.rowWeight(i);
                if (norm == 0 || w == 0) {
                    continue;
                }
                for (int j = 0; j < d; j++) {
                    sum[j].addProduct(w, u[j] / norm);
                }
                weight.add(w);
                squares.addSquare(w);
                samples++;
            }
            if (samples == 0) {
                continue;
            }
            double[] total = Arrays.stream(sum).mapToDouble(Sums::value).toArray();
            double n = weight.value();
            nu[c] = Arrays.stream(total).map(x -> x / n).toArray();
            if (samples > 1) {
                double cosine = (Sums.squared(total) - squares.value()) / (n * n - squares.value());
                intra.add(cosine);
                intraMin = Math.min(intraMin, cosine);
                intraClasses++;
            }
        }
        if (intraClasses == 0) {
            absent("intra_class_cosine", "no class has two samples with a direction");
            absent("intra_class_cosine_min", "no class has two samples with a direction");
        } else {
            put("intra_class_cosine", intra.value() / intraClasses);
            put("intra_class_cosine_min", intraMin);
        }
        Sums inter = new Sums();
        double interMax = Double.NEGATIVE_INFINITY;
        int pairs = 0;
        for (int a = 0; a < nu.length; a++) {
            for (int b = 0; b < a; b++) {
                if (nu[a] != null && nu[b] != null) {
                    double cosine = Sums.dot(nu[a], nu[b]);
                    inter.add(cosine);
                    interMax = Math.max(interMax, cosine);
                    pairs++;
                }
            }
        }
        if (pairs == 0) {
            absent("inter_class_cosine", "no two classes have samples with a direction");
            absent("inter_class_cosine_max", "no two classes have samples with a direction");
        } else {
            put("inter_class_cosine", inter.value() / pairs);
            put("inter_class_cosine_max", interMax);
        }
    }

    /** feature_norm = Σ‖h_i‖/N. */
    private void featureNorm() {
        Sums sum = new Sums();
        for (int i = 0; i < sample.features().length; i++) {
            sum.addProduct(statistics.rowWeight(i), Sums.norm(sample.features()[i]));
        }
        put("feature_norm", sum.value() / statistics.total());
    }

    // ----------------------------------------------------------------------------------------------------- weights

    /**
     * Per weight matrix with singular values s_1 ≥ s_2 ≥ …: spectral_norm, frobenius_norm; stable_rank = ‖W‖_F²/s_1²;
     * effective_rank = exp(−Σ p ln p), p = s/Σs; numerical_rank = #{s_i > 1e-3·s_1}; roundoff_rank = #{s_i >
     * max(m,n)·2⁻²³·s_1}; energy_rank_99 = smallest r with Σ_{i≤r} s_i² ≥ 0.99 Σ s²; rank_k_distance = √(Σ_{i>K} s_i²),
     * rank_k_distance_relative over ‖W‖_F; rank_k_minus_1_distance, …_relative. low_rank_ratio = λ · rank_k_distance /
     * tcv of the layer's input; dense layers, coupled L2.
     */
    private void lowRank() {
        if (!wants(WEIGHTS) && !wants(BOTH)) {
            return;
        }
        double[][] w = sample.weights();
        double[] s = Svd.values(w);
        double frobenius = Sums.norm(w);
        put("spectral_norm", s[0]);
        put("frobenius_norm", frobenius);
        put("numerical_rank", s[0] == 0 ? 0 : Svd.rank(s, NUMERICAL_RANK_TOLERANCE));
        put("roundoff_rank", s[0] == 0 ? 0 : Svd.rank(s, Math.max(w.length, w[0].length) * 0x1p-23));
        put("energy_rank_99", energyRank(s));
        double rankK = tail(s, sample.classes());
        double rankKMinus1 = tail(s, sample.classes() - 1);
        put("rank_k_distance", rankK);
        put("rank_k_minus_1_distance", rankKMinus1);
        if (frobenius > 0) {
            put("stable_rank", (frobenius / s[0]) * (frobenius / s[0]));
            put("effective_rank", effectiveRank(s));
            put("rank_k_distance_relative", rankK / frobenius);
            put("rank_k_minus_1_distance_relative", rankKMinus1 / frobenius);
        } else {
            absent(
                    names("stable_rank effective_rank rank_k_distance_relative rank_k_minus_1_distance_relative"),
                    "all weights are zero");
        }
        double tcv = sample.hasFeatures() ? statistics.scatterTrace() / statistics.total() : 0;
        if (sample.layer() == Sample.Layer.CONVOLUTION) {
            absent("low_rank_ratio", "a convolution");
        } else if (sample.coupling() != Sample.Coupling.COUPLED) {
            absent("low_rank_ratio", "weight decay is not coupled");
        } else if (tcv == 0) {
            absent("low_rank_ratio", sample.hasFeatures() ? "no within-class variance" : "no features");
        } else {
            put("low_rank_ratio", sample.weightDecay() * rankK / tcv);
        }
    }

    private static double effectiveRank(double[] s) {
        Sums total = new Sums();
        Arrays.stream(s).forEach(total::add);
        Sums entropy = new Sums();
        for (double value : s) {
            double p = value / total.value();
            if (p > 0) {
                entropy.addProduct(-p, Math.log(p));
            }
        }
        return Math.exp(entropy.value());
    }

    private static int energyRank(double[] s) {
        Sums total = new Sums();
        Arrays.stream(s).forEach(total::addSquare);
        Sums sum = new Sums();
        int r = 0;
        while (r < s.length && sum.value() < 0.99 * total.value()) {
            sum.addSquare(s[r++]);
        }
        return r;
    }

    /** √(Σ_{i>from} s_i²), from small to large. */
    private static double tail(double[] s, int from) {
        Sums sum = new Sums();
        for (int i = s.length - 1; i >= from; i--) {
            sum.addSquare(s[i]);
        }
        return Math.sqrt(sum.value());
    }

    // -------------------------------------------------------------------------------------------------- classifier

    /**
     * With m = Wᵀ1 ∈ R^d: nc0 = α = ‖m‖²/K; nc0_norm = ‖m‖₂; nc0_relative = ρ₀ = ‖m‖²/(K‖W‖_F²) ∈ [0,1]. All rows.
     */
    private void rowSum() {
        double[][] w = sample.weights();
        double[] m = columnSums(w);
        put("nc0", Sums.squared(m) / w.length);
        put("nc0_norm", Sums.norm(m));
        if (Sums.squared(w) > 0) {
            put("nc0_relative", relativeRowSum(w));
        } else {
            absent("nc0_relative", "all weights are zero");
        }
    }

    private static double[] columnSums(double[][] w) {
        double[] m = new double[w[0].length];
        for (int j = 0; j < m.length; j++) {
            Sums sum = new Sums();
            for (double[] row : w) {
                sum.add(row[j]);
            }
            m[j] = sum.value();
        }
        return m;
    }

    private static double relativeRowSum(double[][] w) {
        return Sums.squared(columnSums(w)) / Sums.squared(w) / w.length;
    }

    /**
     * nc3 = ‖W/‖W‖_F − M_c/‖M_c‖_F‖_F, from the difference. nc3_etf = ‖WM_cᵀ/‖WM_cᵀ‖_F − E*‖_F. nc3_floor =
     * √(2ρ₀/(1+√(1−ρ₀))), ρ₀ over the rows nc3 uses: those of the classes present.
     */
    private void selfDuality() {
        if (!wants("nc3", "nc3_etf", "nc3_floor")) {
            return;
        }
        double[][] m = statistics.centredMeans();
        double[][] w = rowsOfPresent();
        double normW = Sums.norm(w);
        double normM = Sums.norm(m);
        if (normW == 0) {
            absent(names("nc3 nc3_etf nc3_floor"), "all weights are zero");
            return;
        }
        double rho = Math.min(1, relativeRowSum(w));
        put("nc3_floor", Math.sqrt(2 * rho / (1 + Math.sqrt(1 - rho))));
        if (normM == 0) {
            absent(names("nc3 nc3_etf"), m.length < 2 ? "fewer than two classes" : "class means coincide");
            return;
        }
        Sums sum = new Sums();
        for (int k = 0; k < m.length; k++) {
            for (int j = 0; j < m[k].length; j++) {
                sum.addSquare(w[k][j] / normW - m[k][j] / normM);
            }
        }
        put("nc3", Math.sqrt(sum.value()));
        if (wants("nc3_etf")) {
            double[][] product = new double[m.length][m.length];
            for (int i = 0; i < m.length; i++) {
                for (int j = 0; j < m.length; j++) {
                    product[i][j] = Sums.dot(w[i], m[j]);
                }
            }
            if (Sums.squared(product) == 0) {
                absent("nc3_etf", "weights and means are orthogonal");
            } else {
                put("nc3_etf", distanceToEtf(product));
            }
        }
    }

    private double[][] rowsOfPresent() {
        return Arrays.stream(statistics.present())
                .mapToObj(k -> sample.weights()[k])
                .toArray(double[][]::new);
    }

    /**
     * minority_angle_min/_mean in radians between rows of W of the less frequent half of the classes when counts differ.
     * Of the classes present the ⌊K/2⌋ with the smallest counts, the lower index first among equals.
     */
    private void minorityAngles() {
        Set<String> both = names("minority_angle_min minority_angle_mean");
        double[] counts = statistics.counts();
        int[] byCount = IntStream.of(statistics.present())
                .boxed()
                .sorted(Comparator.comparingDouble(k -> counts[k]))
                .mapToInt(Integer::intValue)
                .toArray();
        if (counts[byCount[0]] == counts[byCount[byCount.length - 1]]) {
            absent(both, "all classes are equally frequent");
            return;
        }
        Sums sum = new Sums();
        double min = Double.POSITIVE_INFINITY;
        int pairs = 0;
        for (int i = 0; i < byCount.length / 2; i++) {
            for (int j = 0; j < i; j++) {
                double[] a = sample.weights()[byCount[i]];
                double[] b = sample.weights()[byCount[j]];
                if (Sums.squared(a) > 0 && Sums.squared(b) > 0) {
                    double angle = angle(a, b);
                    sum.add(angle);
                    min = Math.min(min, angle);
                    pairs++;
                }
            }
        }
        if (pairs == 0) {
            absent(both, "fewer than two minority classes");
        } else {
            put("minority_angle_min", min);
            put("minority_angle_mean", sum.value() / pairs);
        }
    }

    /** Accurate for small angles too: 2·atan(‖a−b‖/‖a+b‖) of the unit vectors. */
    private static double angle(double[] a, double[] b) {
        double na = Sums.norm(a);
        double nb = Sums.norm(b);
        Sums minus = new Sums();
        Sums plus = new Sums();
        for (int j = 0; j < a.length; j++) {
            minus.addSquare(a[j] / na - b[j] / nb);
            plus.addSquare(a[j] / na + b[j] / nb);
        }
        return 2 * Math.atan2(Math.sqrt(minus.value()), Math.sqrt(plus.value()));
    }

    /**
     * The three parts of {@link SlowMse}; central_path_distance = mse_loss_perp/(mse_loss_nc1+mse_loss_nc23);
     * central_path_spread: {@link #centralPathSpread}.
     */
    private void mse() {
        if (wants("mse_loss_nc1", "mse_loss_nc23", "mse_loss_perp", "central_path_distance")) {
            SlowMse mse = SlowMse.of(sample);
            put("mse_loss_nc1", mse.nc1());
            put("mse_loss_nc23", mse.nc23());
            put("mse_loss_perp", mse.perp());
            if (mse.nc1() + mse.nc23() > 0) {
                put("central_path_distance", mse.perp() / (mse.nc1() + mse.nc23()));
            } else {
                absent("central_path_distance", "the least-squares classifier has no loss");
            }
        }
        if (sample.firstOmegas().length == 0) {
            absent("central_path_spread", "no first snapshot");
        } else if (wants("central_path_spread")) {
            double spread = centralPathSpread(sample.firstOmegas(), omegas, statistics.present().length);
            if (Double.isFinite(spread)) {
                put("central_path_spread", spread);
            } else {
                absent("central_path_spread", "an ω is zero, or their number or nothing changed");
            }
        }
    }

    /**
     * F(ω) = K² ln ω + Kω² + ω⁴/4; F(ω_j(t)) − F(ω_j(first snapshot of the attempt)), j in sorted order;
     * central_path_spread = (max−min)/mean of it. NaN where undefined.
     */
    public static double centralPathSpread(double[] first, double[] now, int k) {
        if (first.length != now.length || first.length == 0) {
            return Double.NaN;
        }
        double[] a = Arrays.stream(first).sorted().toArray();
        double[] b = Arrays.stream(now).sorted().toArray();
        if (a[0] <= 0 || b[0] <= 0) {
            return Double.NaN;
        }
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        Sums sum = new Sums();
        for (int j = 0; j < a.length; j++) {
            // By factors, because F itself is large where the difference is not.
            double squares = (b[j] - a[j]) * (b[j] + a[j]);
            double fourths = squares * (b[j] * b[j] + a[j] * a[j]);
            double step = (double) k * k * Math.log1p((b[j] - a[j]) / a[j]) + k * squares + fourths / 4;
            min = Math.min(min, step);
            max = Math.max(max, step);
            sum.add(step);
        }
        double mean = sum.value() / a.length;
        return mean == 0 ? Double.NaN : (max - min) / mean;
    }

    // ------------------------------------------------------------------------------------------------ on their own

    /**
     * low_rank_bound: (1/λ)(‖G‖_F + √(TCV(h)·TCV(δ))), G the full gradient, here (1/N) Σ δ_i h_iᵀ + λW; the bound on
     * rank_k_distance. TCV = tr(S_W)/N.
     *
     * @param signals δ_i = ∂ℓ_i/∂(output of the layer), one row per sample, not divided by N
     */
    public static double lowRankBound(Sample sample, double[][] signals) {
        if (sample.layer() == Sample.Layer.CONVOLUTION
                || sample.coupling() != Sample.Coupling.COUPLED
                || sample.weightDecay() <= 0) {
            return Double.NaN;
        }
        SlowStatistics inputs = SlowStatistics.of(sample);
        SlowStatistics outputs = SlowStatistics.of(
                Sample.of(signals, sample.labels(), sample.classes()).withSampleWeights(sample.sampleWeights()));
        double[][] gradient = new double[sample.weights().length][sample.weights()[0].length];
        for (int out = 0; out < gradient.length; out++) {
            for (int in = 0; in < gradient[out].length; in++) {
                Sums sum = new Sums();
                for (int i = 0; i < signals.length; i++) {
                    sum.addProduct(sample.weightOf(i) * signals[i][out], sample.features()[i][in]);
                }
                gradient[out][in] = sum.value() / inputs.total() + sample.weightDecay() * sample.weights()[out][in];
            }
        }
        return lowRankBound(
                Sums.norm(gradient),
                inputs.scatterTrace() / inputs.total(),
                outputs.scatterTrace() / outputs.total(),
                sample.weightDecay());
    }

    /** (1/λ)(‖G‖_F + √(TCV(h)·TCV(δ))). */
    public static double lowRankBound(double gradientNorm, double tcvInputs, double tcvSignals, double weightDecay) {
        return (gradientNorm + Math.sqrt(tcvInputs) * Math.sqrt(tcvSignals)) / weightDecay;
    }

    /**
     * nc1 without singular values, for K too large for Jacobi and means in general position (K−1 ≤ d): nc1 = (1/N) Σ_i
     * ‖M_cᵀ⁺(h_i−μ_{y_i})‖², M_cᵀ⁺ = (M_cM_cᵀ)⁺M_c, where M_cM_cᵀ + g·11ᵀ/K (g its mean diagonal) is positive definite
     * and agrees with it off the constant vector. Accurate to cond(M_c)²·2⁻⁵³.
     */
    public static double nc1ByCholesky(Sample sample) {
        SlowStatistics statistics = SlowStatistics.of(sample);
        double[][] m = statistics.centredMeans();
        int k = m.length;
        double shift = Sums.squared(m) / k / k;
        double[][] l = new double[k][k];
        for (int i = 0; i < k; i++) {
            for (int j = 0; j <= i; j++) {
                l[i][j] = Sums.dot(m[i], m[j]) + shift;
            }
        }
        cholesky(l);
        Sums sum = new Sums();
        for (int i = 0; i < sample.features().length; i++) {
            double[] y = new double[k];
            for (int c = 0; c < k; c++) {
                y[c] = Sums.dot(m[c], statistics.deviations()[i]);
            }
            solveCholesky(l, y);
            sum.addProduct(statistics.rowWeight(i), Sums.squared(y));
        }
        return sum.value() / statistics.total();
    }

    /** In place, lower triangle. */
    private static void cholesky(double[][] l) {
        for (int j = 0; j < l.length; j++) {
            for (int i = j; i < l.length; i++) {
                double sum = l[i][j];
                for (int p = 0; p < j; p++) {
                    sum -= l[i][p] * l[j][p];
                }
                if (i == j && sum <= 0) {
                    throw new IllegalStateException("pivot " + j + " is " + sum + ": class means in special position");
                }
                l[i][j] = i == j ? Math.sqrt(sum) : sum / l[j][j];
            }
        }
    }

    private static void solveCholesky(double[][] l, double[] y) {
        for (int i = 0; i < y.length; i++) {
            for (int p = 0; p < i; p++) {
                y[i] -= l[i][p] * y[p];
            }
            y[i] /= l[i][i];
        }
        for (int i = y.length - 1; i >= 0; i--) {
            y[i] /= l[i][i];
            for (int p = 0; p < i; p++) {
                y[p] -= l[i][p] * y[i];
            }
        }
    }

    /**
     * Rolling mode: sample weight 2^(−(samples of the layer since)/H); decay multiplies before a batch is added, so all
     * samples of a batch share the weight that the later batches leave them.
     */
    public static double[] rollingWeights(int[] batchSizes, double halfLife) {
        double[] weights = new double[Arrays.stream(batchSizes).sum()];
        int end = weights.length;
        int since = 0;
        for (int b = batchSizes.length - 1; b >= 0; b--) {
            Arrays.fill(weights, end - batchSizes[b], end, Math.pow(2, -since / halfLife));
            end -= batchSizes[b];
            since += batchSizes[b];
        }
        return weights;
    }

    // ----------------------------------------------------------------------------------------------------- helpers

    private static double mean(double[] x) {
        Sums sum = new Sums();
        Arrays.stream(x).forEach(sum::add);
        return sum.value() / x.length;
    }

    /** Population standard deviation, from the mean in a second pass. */
    private static double deviation(double[] x) {
        double mean = mean(x);
        Sums sum = new Sums();
        Arrays.stream(x).forEach(v -> sum.addSquare(v - mean));
        return Math.sqrt(sum.value() / x.length);
    }

    private boolean wants(String... names) {
        return Arrays.stream(names).anyMatch(only::contains);
    }

    private boolean wants(Set<String> names) {
        return names.stream().anyMatch(only::contains);
    }

    private void put(String name, double value) {
        if (!ALL.contains(name)) {
            throw new IllegalStateException("not an exported name: " + name);
        }
        if (!Double.isFinite(value)) {
            throw new IllegalStateException(name + " is " + value + ": the oracle misses an undefined case");
        }
        if (only.contains(name)) {
            values.put(name, value);
        }
    }

    private void absent(String name, String reason) {
        if (only.contains(name)) {
            absent.put(name, reason);
        }
    }

    private void absent(Set<String> names, String reason) {
        names.forEach(name -> absent(name, reason));
    }

    private static Set<String> names(String names) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(Arrays.asList(names.split(" "))));
    }

    @SafeVarargs
    private static Set<String> union(Set<String>... sets) {
        Map<String, Boolean> all = new LinkedHashMap<>();
        for (Set<String> set : sets) {
            set.forEach(name -> all.put(name, true));
        }
        return Collections.unmodifiableSet(all.keySet());
    }

    private static Set<String> difference(Set<String> from, Set<String> remove) {
        Set<String> rest = new LinkedHashSet<>(from);
        rest.removeAll(remove);
        return Collections.unmodifiableSet(rest);
    }
}
