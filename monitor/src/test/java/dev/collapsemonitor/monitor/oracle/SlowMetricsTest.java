package dev.collapsemonitor.monitor.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The oracle against closed forms, numbers worked out on paper, and second formulas for the same thing. */
class SlowMetricsTest {

    // ------------------------------------------------------------------------------------------------ closed forms

    @ParameterizedTest
    @CsvSource({"2, 2, 1", "3, 7, 1", "10, 64, 1", "10, 10, 1.8446744073709552e19", "4, 5, 5.421010862427522e-20"})
    void exactSimplexEtfHasEveryCollapseMetricAtItsLimit(int k, int d, double scale) {
        TestData data = TestData.exactEtf(k, d, 5, scale);
        SlowMetrics.Result r =
                SlowMetrics.compute(data.sample().withWeights(data.centres(), new double[k], Sample.Layer.CLASSIFIER));

        for (String zero : names(
                "nc1 nc1_quotient cdnv vci tcv tcv_relative nc4 error_rate nc0 nc0_norm nc0_relative nc3_floor")) {
            assertThat(r.get(zero)).as(zero).isZero();
        }
        for (String zero : names("nc2_equinorm_means nc2_equiangular_means nc2_max_angle_means nc2_etf_means"
                + " nc2_equinorm_weights nc2_equiangular_weights nc2_max_angle_weights nc2_etf_weights nc3 nc3_etf")) {
            assertThat(r.get(zero)).as(zero).isCloseTo(0, within(1e-14));
        }
        assertThat(r.get("class_mean_rank")).isEqualTo(k - 1);
        assertThat(r.get("intra_class_cosine")).isCloseTo(1, within(1e-14));
        assertThat(r.get("intra_class_cosine_min")).isCloseTo(1, within(1e-14));
        assertThat(r.get("inter_class_cosine")).isCloseTo(-1.0 / (k - 1), within(1e-14));
        assertThat(r.get("inter_class_cosine_max")).isCloseTo(-1.0 / (k - 1), within(1e-14));
        assertThat(r.get("feature_norm")).isCloseTo(scale * Math.sqrt(k * (k - 1.0)), withinPercentage(1e-12));
        assertThat(r.get("nc4_samples")).isEqualTo(5 * k);
        assertThat(r.get("snr_dropped_dims")).isEqualTo(d);
        assertThat(r.absent()).containsKeys("snr_min", "snr_max", "minority_angle_min");
    }

    /** Σ_W = (a²/d)I, M_cM_cᵀ = K²(I − 11ᵀ/K): all singular values of M_c are K, all ω are K√d/a. */
    @ParameterizedTest
    @CsvSource({"2, 3, 1", "5, 8, 0.25", "10, 16, 0.0009765625", "7, 7, 7.450580596923828e-9"})
    void plantedWithinClassNoiseGivesTheKnownAnswer(int k, int d, double a) {
        TestData data = TestData.plantedNoise(k, d, a);
        SlowMetrics.Result r = SlowMetrics.compute(
                data.sample().withWeights(data.alignedWeights(1, 0), new double[k], Sample.Layer.CLASSIFIER));

        close(r, "nc1", (k - 1) * a * a / ((double) d * k * k));
        close(r, "nc1_quotient", a * a / (k * (k - 1.0)));
        close(r, "cdnv", a * a / (2.0 * k * k));
        close(r, "vci", a * a / (a * a + (double) k * d));
        close(r, "tcv", a * a);
        close(r, "tcv_relative", a * a / (a * a + k * (k - 1.0)));
        close(r, "snr_min", k * Math.sqrt(d) / a);
        close(r, "snr_max", k * Math.sqrt(d) / a);
        assertThat(r.get("snr_dropped_dims")).isZero();
        assertThat(r.get("class_mean_rank")).isEqualTo(k - 1);
        double omega2 = (double) k * k * d / (a * a);
        assertThat(r.get("mse_loss_nc1") + r.get("mse_loss_nc23"))
                .isCloseTo((k - 1) / (2 * (k + omega2)), withinPercentage(1e-10));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 10})
    void orthogonalFrameHasTheKnownDistanceFromAnEtf(int k) {
        double[][] w = new double[k][k + 1];
        for (int i = 0; i < k; i++) {
            w[i][i] = 1;
        }
        // Features of which the same frame is the class means: M_c = I − 11ᵀ/K.
        SlowMetrics.Result r = SlowMetrics.compute(
                new TestData(w, upTo(k), k, w).sample().withWeights(w, new double[0], Sample.Layer.CLASSIFIER));

        close(r, "nc0", 1);
        close(r, "nc0_norm", Math.sqrt(k));
        close(r, "nc0_relative", 1.0 / k);
        close(r, "nc2_max_angle_weights", 1.0 / (k - 1));
        assertThat(r.get("nc2_equinorm_weights")).isZero();
        assertThat(r.get("nc2_equiangular_weights")).isZero();
        close(r, "nc2_etf_weights", Math.sqrt(2 - 2 * Math.sqrt((k - 1.0) / k)));
        close(r, "nc3", Math.sqrt(2 - 2 * Math.sqrt(1 - 1.0 / k)));
        close(r, "nc3_floor", r.get("nc3"));
        assertThat(r.get("nc3_etf")).isCloseTo(0, within(1e-14));
        assertThat(r.get("nc2_etf_means")).isCloseTo(0, within(1e-14));
    }

    @Test
    void matrixOfKnownSpectrumHasItsLowRankMetrics() {
        double[] s = {5, 4, 2, 0.02, 1e-3, 1e-6};
        double[][] w = TestData.withSpectrum(3, 12, 9, s);
        SlowMetrics.Result r = SlowMetrics.compute(Sample.ofWeights(w, new double[0], 3, Sample.Layer.DENSE));

        double squares = 25 + 16 + 4 + 0.0004 + 1e-6 + 1e-12;
        close(r, "spectral_norm", 5);
        close(r, "frobenius_norm", Math.sqrt(squares));
        close(r, "stable_rank", squares / 25);
        assertThat(r.get("numerical_rank")).isEqualTo(4);
        // 12·2⁻²³·5 = 7.2e-6
        assertThat(r.get("roundoff_rank")).isEqualTo(5);
        // 41/45.0004 = 0.911, 45/45.0004 = 0.99999
        assertThat(r.get("energy_rank_99")).isEqualTo(3);
        close(r, "rank_k_distance", Math.sqrt(0.0004 + 1e-6 + 1e-12));
        close(r, "rank_k_distance_relative", Math.sqrt((0.0004 + 1e-6 + 1e-12) / squares));
        close(r, "rank_k_minus_1_distance", Math.sqrt(4 + 0.0004 + 1e-6 + 1e-12));
        close(r, "rank_k_minus_1_distance_relative", Math.sqrt((4 + 0.0004 + 1e-6 + 1e-12) / squares));
        double sum = Arrays.stream(s).sum();
        close(
                r,
                "effective_rank",
                Math.exp(-Arrays.stream(s).map(x -> x / sum * Math.log(x / sum)).sum()));
        assertThat(r.absent()).containsEntry("nc1", "no features").containsEntry("nc0", "not the classifier");
    }

    @Test
    void equalSingularValuesGiveTheirNumberAsEveryRank() {
        double[][] w = TestData.withSpectrum(4, 6, 11, 2, 2, 2, 2);
        SlowMetrics.Result r = SlowMetrics.compute(Sample.ofWeights(w, new double[0], 8, Sample.Layer.DENSE));
        for (String rank : names("stable_rank effective_rank numerical_rank roundoff_rank energy_rank_99")) {
            close(r, rank, 4);
        }
        assertThat(r.get("rank_k_distance")).isZero();
    }

    @Test
    void jacobiResolvesSingularValuesFarBelowRoundoffOfTheLargest() {
        double[][] graded = {{1, 1, 0}, {0, 1e-10, 1e-10}, {0, 0, 1e-20}};
        double[] s = Svd.values(graded);
        close(s[0], Math.sqrt(2));
        // s_1 s_2 s_3 = det = 1e-30; the second row less its part along (1,1,0)/√2 has norm 1e-10·√(3/2).
        close(s[1], 1e-10 * Math.sqrt(1.5));
        close(s[2], 1e-30 / (s[0] * s[1]));
        assertThat(Svd.values(new double[3][2])).containsExactly(0, 0);
    }

    // ---------------------------------------------------------------------------------------------------- on paper

    /**
     * Class 0: 0, 2; class 1: 9, 11. μ = 1, 10; μ_G = 5.5; M_c = ∓4.5; S_W = 4, Σ_W = 1, Σ_B = 20.25, s_1² = 40.5 = ω².
     * nc1 = 1/40.5; cdnv = (1+1)/(2·81); vci = 1 − 20.25/21.25.
     *
     * <p>A = [[51.5, 5.5], [5.5, 1]], det 21.25; W_LS = [[−2.25, 23], [2.25, −1.75]]/21.25; its outputs at the means
     * miss by ±0.5/21.25. So mse_loss_nc1 = (2.25/21.25)², mse_loss_nc23 = (0.5/21.25)², their sum 1/85 = ½/(2+40.5).
     * W = (−0.1, 0.1), b = (1, 0) misses by 0, −.2, .1, −.1 and 0, .2, −.1, .1: L = 0.12/8 = 0.015.
     */
    @Test
    void twoClassesInOneDimensionByHand() {
        Sample sample = Sample.of(new double[][] {{0}, {2}, {9}, {11}}, new int[] {0, 0, 1, 1}, 2)
                .withWeights(new double[][] {{-0.1}, {0.1}}, new double[] {1, 0}, Sample.Layer.CLASSIFIER);
        SlowMetrics.Result r = SlowMetrics.compute(sample);

        close(r, "nc1", 1 / 40.5);
        close(r, "nc1_quotient", 1 / 20.25);
        close(r, "cdnv", 1.0 / 81);
        close(r, "vci", 1 / 21.25);
        close(r, "tcv", 1);
        close(r, "tcv_relative", 1 / 21.25);
        close(r, "class_mean_rank", 1);
        close(r, "snr_min", Math.sqrt(40.5));
        close(r, "snr_max", Math.sqrt(40.5));
        close(r, "feature_norm", 5.5);
        close(r, "intra_class_cosine", 1);
        close(r, "inter_class_cosine", -1);
        close(r, "nc4", 0);
        close(r, "error_rate", 0);
        close(r, "nc0", 0);
        assertThat(r.get("nc3")).isCloseTo(0, within(1e-15));
        close(r, "nc2_equinorm_means", 0);
        close(r, "nc2_max_angle_means", 0);
        close(r, "mse_loss_nc1", 5.0625 / 451.5625);
        close(r, "mse_loss_nc23", 0.25 / 451.5625);
        close(r, "mse_loss_perp", 0.015 - 1.0 / 85);
        close(r, "central_path_distance", 0.015 * 85 - 1);
        close(r, "rank_k_distance", 0);
        close(r, "spectral_norm", Math.sqrt(0.02));
    }

    /**
     * Class 0: (1,0), (−1,0); class 1: (4,2), (4,4), (4,3): nearest centre and predictions by hand. μ_0 = (0,0), μ_1 =
     * (4,3). w = (−1,0), (1,0), b = (3.5, 0): predicts 0 when 3.5 − h_1 ≥ h_1.
     */
    @Test
    void nearestCentreAndErrorsByHand() {
        Sample sample = Sample.of(
                        new double[][] {{2.2, 0}, {-2.2, 0}, {4, 2}, {4, 4}, {4, 3}}, new int[] {0, 0, 1, 1, 1}, 2)
                .withWeights(new double[][] {{-1, 0}, {1, 0}}, new double[] {3.5, 0}, Sample.Layer.CLASSIFIER);
        SlowMetrics.Result r = SlowMetrics.compute(sample);
        // (2.2, 0) is predicted 1 but nearest to class 0.
        close(r, "nc4", 0.2);
        close(r, "error_rate", 0.2);

        SlowMetrics.Result published = SlowMetrics.compute(sample.withPredictions(0, 0, 0, 0, 1));
        close(published, "nc4", 0.4);
        close(published, "error_rate", 0.4);

        SlowMetrics.Result hidden =
                SlowMetrics.compute(sample.withWeights(new double[3][2], new double[0], Sample.Layer.DENSE));
        assertThat(hidden.absent()).containsKeys("nc4", "error_rate", "nc0", "nc3", "mse_loss_nc1");
    }

    /** m = (4, 1): ‖m‖² = 17, ‖W‖_F² = 1+4+9+4+0+1 = 19. */
    @Test
    void rowSumByHand() {
        double[][] w = {{1, 2}, {3, -2}, {0, 1}};
        SlowMetrics.Result r = SlowMetrics.compute(Sample.ofWeights(w, new double[0], 3, Sample.Layer.CLASSIFIER));
        close(r, "nc0", 17.0 / 3);
        close(r, "nc0_norm", Math.sqrt(17));
        close(r, "nc0_relative", 17.0 / 57);
        assertThat(r.has("nc3")).isFalse();
    }

    /** Equal rows: ρ₀ = 1, so nc3 can only be √2 (Wᵀ1 is orthogonal to the centred means). */
    @Test
    void equalRowsForbidSelfDuality() {
        TestData data = TestData.clusters(1, 4, 6, 10, 0.3, 0, 1);
        double[][] w = new double[4][];
        Arrays.fill(w, TestData.randomWeights(1, 1, 6)[0]);
        SlowMetrics.Result r =
                SlowMetrics.compute(data.sample().withWeights(w, new double[0], Sample.Layer.CLASSIFIER));
        close(r, "nc0_relative", 1);
        close(r, "nc3_floor", Math.sqrt(2));
        close(r, "nc3", Math.sqrt(2));
    }

    /** Counts 3, 1, 2, 1, 5: the two of one sample are the less frequent half; their rows enclose 60°. */
    @Test
    void minorityAnglesAreOfTheLessFrequentHalf() {
        TestData data = TestData.clusters(1, new int[] {3, 1, 2, 1, 5}, 2, 0.1, 0, 1);
        double[][] w = {{1, 0}, {2, 0}, {0, 1}, {3 * 0.5, 3 * Math.sqrt(0.75)}, {1, 1}};
        Sample sample = data.sample().withWeights(w, new double[0], Sample.Layer.CLASSIFIER);
        SlowMetrics.Result r = SlowMetrics.compute(sample);
        close(r, "minority_angle_min", Math.PI / 3);
        close(r, "minority_angle_mean", Math.PI / 3);
    }

    // --------------------------------------------------------------------------------------------- second formulas

    @ParameterizedTest
    @CsvSource({
        "COUPLED, true, true, 5e-3", "COUPLED, false, true, 5e-3", "COUPLED, false, false, 5e-3",
        "DECOUPLED, true, true, 5e-3", "UNKNOWN, true, true, 5e-3", "COUPLED, true, true, 0"
    })
    void mseLossIsTheSumOfItsThreeParts(Sample.Coupling coupling, boolean biasDecayed, boolean bias, double lambda) {
        for (int[] counts : new int[][] {{20, 20, 20, 20}, {40, 3, 1, 17}, {9, 0, 12, 5}}) {
            for (double offset : new double[] {0, 3}) {
                TestData data = TestData.clusters(7, counts, 6, 0.4, offset, 1);
                SlowMse mse = SlowMse.of(data.sample()
                        .withWeights(
                                data.alignedWeights(2, 0.5),
                                bias ? data.randomBias(3) : new double[0],
                                Sample.Layer.CLASSIFIER)
                        .withDecay(lambda, coupling, biasDecayed));
                assertThat(mse.nc1() + mse.nc23() + mse.perp()).isCloseTo(mse.total(), withinPercentage(1e-10));
                assertThat(mse.nc1()).isPositive();
                assertThat(mse.nc23()).isPositive();
                assertThat(mse.perp()).isPositive();
            }
        }
    }

    @Test
    void mseIdentityHoldsWhenTheSecondMomentIsSingular() {
        TestData dead = TestData.deadUnits(5, 3, 12, 20, 0.3, 4);
        TestData few = TestData.clusters(6, 3, 30, 4, 0.3, 0, 1);
        for (TestData data : new TestData[] {dead, few}) {
            SlowMse mse = SlowMse.of(data.sample()
                    .withWeights(data.alignedWeights(1, 0.5), data.randomBias(1), Sample.Layer.CLASSIFIER));
            assertThat(mse.nc1() + mse.nc23() + mse.perp()).isCloseTo(mse.total(), withinPercentage(1e-10));
        }
        assertThat(SlowMse.of(dead.sample()
                                .withWeights(dead.alignedWeights(1, 0), new double[3], Sample.Layer.CLASSIFIER))
                        .rank())
                .isEqualTo(12 - 4 + 1);
    }

    /** Balanced, λ=0: L_LS = ½ Σ_j 1/(K+ω_j²), to the depth of collapse where float64 has no second moment left. */
    @ParameterizedTest
    @CsvSource({"0.5, 0", "1e-3, 100", "1e-5, 0", "1e-7, 100", "1e-7, 0"})
    void leastSquaresLossFollowsFromTheSnrSingularValues(double spread, double offset) {
        int k = 5;
        TestData data = TestData.clusters64(11, new int[] {30, 30, 30, 30, 30}, 9, spread, offset, 1);
        Sample sample =
                data.sample().withWeights(data.alignedWeights(1, 0.2), data.randomBias(1), Sample.Layer.CLASSIFIER);
        SlowMetrics.Result r = SlowMetrics.compute(sample);
        double expected =
                Arrays.stream(r.omegas()).map(omega -> 1 / (k + omega * omega)).sum() / 2;
        assertThat(r.omegas()).hasSize(k - 1);
        assertThat(r.get("mse_loss_nc1") + r.get("mse_loss_nc23")).isCloseTo(expected, withinPercentage(1e-7));
        SlowMse mse = SlowMse.of(sample);
        assertThat(mse.nc1() + mse.nc23() + mse.perp()).isCloseTo(mse.total(), withinPercentage(1e-10));
    }

    /** vci = 1 − tr(Σ_T⁺Σ_B)/r and nc1 = tr(Σ_W Σ_B⁺)/K with pseudo-inverses, also where Σ_W or Σ_T is singular. */
    @ParameterizedTest
    @CsvSource({"4, 6, 20, 0", "4, 6, 20, 3", "7, 5, 9, 0", "3, 12, 3, 0", "5, 14, 3, 0", "6, 12, 20, 4", "4, 20, 4, 0"
    })
    void variabilityMetricsMatchTheirDefinitionsWithPseudoInverses(int k, int d, int perClass, int dead) {
        TestData data = dead == 0
                ? TestData.clusters(k + d, k, d, perClass, 0.7, 1, 1)
                : TestData.deadUnits(k + d, k, d, perClass, 0.7, dead);
        SlowStatistics statistics = SlowStatistics.of(data.sample());
        double[][] sigmaW = times(statistics.scatter(), 1 / statistics.total());
        double[][] m = statistics.centredMeans();
        double[][] sigmaB = times(product(Svd.transpose(m), m), 1.0 / k);
        double[][] sigmaT = plus(sigmaW, sigmaB);
        SlowMetrics.Result r = SlowMetrics.compute(data.sample());

        int rank = Math.min(d, k - 1);
        double vci = 1 - trace(product(pseudoInverse(sigmaT), sigmaB)) / rank;
        assertThat(r.get("vci")).isCloseTo(vci, within(1e-10));
        assertThat(r.get("nc1")).isCloseTo(trace(product(sigmaW, pseudoInverse(sigmaB))) / k, withinPercentage(1e-7));
        assertThat(r.get("snr_dropped_dims")).isEqualTo(d - Math.min(k * perClass - k, d - dead));
        if (k - 1 <= d) {
            assertThat(SlowMetrics.nc1ByCholesky(data.sample())).isCloseTo(r.get("nc1"), withinPercentage(1e-7));
        }
        // Σ ω² = tr(M_c Σ_W⁺ M_cᵀ): all of the restricted spectrum.
        double squares = Arrays.stream(r.omegas()).map(x -> x * x).sum();
        assertThat(squares)
                .isCloseTo(trace(product(m, product(pseudoInverse(sigmaW), Svd.transpose(m)))), withinPercentage(1e-6));
    }

    /** Means that lie partly outside range(Σ_W): some ω infinite, some finite. */
    @Test
    void vciCountsInfiniteAndFiniteSnrDirections() {
        // Dimension 0 separates class 2 without variance; 1 and 2 carry variance and separate all.
        Random random = new Random(1);
        double[][] h = new double[30][3];
        int[] y = new int[30];
        for (int i = 0; i < 30; i++) {
            y[i] = i % 3;
            h[i][0] = y[i] == 2 ? 1 : 0;
            h[i][1] = y[i] + random.nextGaussian();
            h[i][2] = (y[i] == 1 ? 2 : 0) + random.nextGaussian();
        }
        Sample sample = Sample.of(h, y, 3);
        SlowStatistics statistics = SlowStatistics.of(sample);
        double[][] m = statistics.centredMeans();
        double[][] sigmaB = times(product(Svd.transpose(m), m), 1.0 / 3);
        double[][] sigmaT = plus(times(statistics.scatter(), 1 / 30.0), sigmaB);
        SlowMetrics.Result r = SlowMetrics.compute(sample);
        assertThat(SlowSnr.of(sample).infinite()).isEqualTo(1);
        assertThat(r.get("snr_dropped_dims")).isEqualTo(1);
        assertThat(r.get("vci")).isCloseTo(1 - trace(product(pseudoInverse(sigmaT), sigmaB)) / 2, within(1e-12));
    }

    @Test
    void cosinesAreMeansOverPairsOfDistinctSamples() {
        TestData data = TestData.clusters(3, new int[] {4, 7, 1, 5}, 6, 1, 0.5, 1);
        SlowMetrics.Result r = SlowMetrics.compute(data.sample());
        SlowStatistics statistics = SlowStatistics.of(data.sample());
        double[][] u = new double[data.rows()][];
        for (int i = 0; i < u.length; i++) {
            double[] x = statistics.fromGrandMean(data.features()[i]);
            double norm = Sums.norm(x);
            u[i] = Arrays.stream(x).map(v -> v / norm).toArray();
        }
        double[][] sum = new double[4][4];
        int[][] pairs = new int[4][4];
        for (int i = 0; i < u.length; i++) {
            for (int j = 0; j < u.length; j++) {
                if (i != j) {
                    sum[data.labels()[i]][data.labels()[j]] += Sums.dot(u[i], u[j]);
                    pairs[data.labels()[i]][data.labels()[j]]++;
                }
            }
        }
        double intra = 0;
        double intraMin = 1;
        for (int c : new int[] {0, 1, 3}) {
            intra += sum[c][c] / pairs[c][c] / 3;
            intraMin = Math.min(intraMin, sum[c][c] / pairs[c][c]);
        }
        double inter = 0;
        double interMax = -1;
        for (int a = 0; a < 4; a++) {
            for (int b = 0; b < a; b++) {
                inter += sum[a][b] / pairs[a][b] / 6;
                interMax = Math.max(interMax, sum[a][b] / pairs[a][b]);
            }
        }
        close(r, "intra_class_cosine", intra);
        close(r, "intra_class_cosine_min", intraMin);
        close(r, "inter_class_cosine", inter);
        close(r, "inter_class_cosine_max", interMax);
    }

    @Test
    void integerSampleWeightsCountAsRepeatedRows() {
        TestData data = TestData.clusters(9, new int[] {6, 9, 5}, 4, 0.6, 1, 1);
        double[] weights = new double[data.rows()];
        Arrays.setAll(weights, i -> 1 + i % 3);
        double[][] repeated = new double[(int) Arrays.stream(weights).sum()][];
        int[] labels = new int[repeated.length];
        int row = 0;
        for (int i = 0; i < weights.length; i++) {
            for (int n = 0; n < weights[i]; n++) {
                repeated[row] = data.features()[i];
                labels[row++] = data.labels()[i];
            }
        }
        double[][] w = data.alignedWeights(1, 0.9);
        SlowMetrics.Result weighted = SlowMetrics.compute(
                data.sample().withSampleWeights(weights).withWeights(w, new double[3], Sample.Layer.CLASSIFIER));
        SlowMetrics.Result plain = SlowMetrics.compute(
                Sample.of(repeated, labels, 3).withWeights(w, new double[3], Sample.Layer.CLASSIFIER));
        for (String name : SlowMetrics.ALL) {
            // Repeated rows are pairs of distinct samples with cosine one; a weight makes no such pair.
            if (plain.has(name) && !name.startsWith("intra") && !name.equals("nc4_samples")) {
                assertThat(weighted.get(name)).as(name).isCloseTo(plain.get(name), within(1e-12));
            }
        }
        assertThat(weighted.values().keySet()).isEqualTo(plain.values().keySet());
    }

    @Test
    void rollingWeightsHalveWithTheSamplesOfLaterBatches() {
        assertThat(SlowMetrics.rollingWeights(new int[] {1, 2, 4}, 4))
                .containsExactly(Math.pow(2, -1.5), 0.5, 0.5, 1, 1, 1, 1);
        assertThat(SlowMetrics.rollingWeights(new int[] {2, 1}, Double.POSITIVE_INFINITY))
                .containsExactly(1, 1, 1);
    }

    @Test
    void mergedStatisticsOfTwoPartsAreThoseOfTheWhole() {
        TestData data = TestData.clusters(2, new int[] {8, 0, 5, 1}, 5, 0.3, 50, 1);
        SlowStatistics a = SlowStatistics.of(data.slice(0, 6).sample());
        SlowStatistics b = SlowStatistics.of(data.slice(6, 14).sample());
        SlowStatistics all = SlowStatistics.of(data.sample());
        double[][] merged = plus(a.scatter(), b.scatter());
        for (int k = 0; k < 4; k++) {
            double n = a.counts()[k] + b.counts()[k];
            if (a.counts()[k] == 0 || b.counts()[k] == 0) {
                continue;
            }
            double factor = a.counts()[k] * b.counts()[k] / n;
            for (int p = 0; p < 5; p++) {
                for (int q = 0; q < 5; q++) {
                    merged[p][q] += factor * (b.means()[k][p] - a.means()[k][p]) * (b.means()[k][q] - a.means()[k][q]);
                }
            }
        }
        for (int p = 0; p < 5; p++) {
            for (int q = 0; q < 5; q++) {
                assertThat(all.scatter()[p][q]).isCloseTo(merged[p][q], within(1e-12));
            }
        }
        assertThat(trace(all.scatter())).isCloseTo(all.scatterTrace(), withinPercentage(1e-12));
    }

    @Test
    void centralPathSpreadVanishesWhereAllDirectionsMoveByTheSameTime() {
        int k = 4;
        double[] first = {9, 4, 0.7};
        double[] now = new double[3];
        for (int j = 0; j < 3; j++) {
            double target = potential(first[j], k) + 5;
            double low = 0;
            double high = 100;
            for (int step = 0; step < 200; step++) {
                double middle = (low + high) / 2;
                if (potential(middle, k) < target) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            now[j] = low;
        }
        assertThat(SlowMetrics.centralPathSpread(first, now, k)).isCloseTo(0, within(1e-10));

        double[] other = {10, 4.5, 0.75};
        double[] steps = new double[3];
        Arrays.setAll(steps, j -> potential(other[j], k) - potential(first[j], k));
        double expected = (Arrays.stream(steps).max().orElseThrow()
                        - Arrays.stream(steps).min().orElseThrow())
                / Arrays.stream(steps).average().orElseThrow();
        assertThat(SlowMetrics.centralPathSpread(first, other, k)).isCloseTo(expected, withinPercentage(1e-9));
        assertThat(SlowMetrics.centralPathSpread(first, new double[2], k)).isNaN();
    }

    // -------------------------------------------------------------------------------------- bounds and invariances

    @Test
    void boundsThatFollowFromTheRowSumHoldForRandomWeights() {
        for (int seed = 0; seed < 30; seed++) {
            int k = 2 + seed % 6;
            TestData data = TestData.clusters(seed, k, 5, 8, 0.4, seed % 3, 1);
            double[][] w = data.alignedWeights(seed, seed / 30.0);
            SlowMetrics.Result r =
                    SlowMetrics.compute(data.sample().withWeights(w, new double[k], Sample.Layer.CLASSIFIER));
            assertThat(r.get("nc3")).isGreaterThanOrEqualTo(r.get("nc3_floor") - 1e-14);
            double gram = Sums.norm(product(w, Svd.transpose(w)));
            assertThat(r.get("nc2_etf_weights"))
                    .isGreaterThanOrEqualTo(r.get("nc0_norm") * r.get("nc0_norm") / (k * gram) - 1e-14);
            assertThat(r.get("nc0_relative")).isBetween(0.0, 1.0);
            assertThat(r.get("vci")).isBetween(0.0, 1.0);
            assertThat(r.get("nc3")).isBetween(0.0, 2.0);
        }
    }

    @Test
    void lowRankBoundHoldsForTheTrueGradient() {
        for (int seed = 0; seed < 10; seed++) {
            int k = 3;
            TestData data = TestData.clusters(seed, k, 8, 10, 0.2, 0, 1);
            double[][] w = TestData.randomWeights(seed, 7, 8);
            double[][] next = TestData.randomWeights(seed + 100, k, 7);
            double[][] signals = new double[data.rows()][7];
            for (int i = 0; i < signals.length; i++) {
                double[] z = times(next, times(w, data.features()[i]));
                double total = Arrays.stream(z).map(Math::exp).sum();
                for (int c = 0; c < k; c++) {
                    double error = Math.exp(z[c]) / total - (data.labels()[i] == c ? 1 : 0);
                    for (int j = 0; j < 7; j++) {
                        signals[i][j] += error * next[c][j];
                    }
                }
            }
            Sample sample = data.sample()
                    .withWeights(w, new double[0], Sample.Layer.DENSE)
                    .withDecay(0.1, Sample.Coupling.COUPLED, false);
            SlowMetrics.Result r = SlowMetrics.compute(sample);
            assertThat(SlowMetrics.lowRankBound(sample, signals)).isGreaterThan(r.get("rank_k_distance"));
            close(r, "low_rank_ratio", 0.1 * r.get("rank_k_distance") / r.get("tcv"));
            assertThat(SlowMetrics.lowRankBound(sample.withDecay(0.1, Sample.Coupling.DECOUPLED, false), signals))
                    .isNaN();
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-25, 1e25})
    void ratiosDoNotChangeWithTheScale(double scale) {
        TestData data = TestData.clusters64(4, new int[] {12, 9, 15, 7}, 6, 0.3, 2, 1);
        double[][] w = data.alignedWeights(1, 0.5);
        SlowMetrics.Result one =
                SlowMetrics.compute(data.sample().withWeights(w, new double[0], Sample.Layer.CLASSIFIER));
        SlowMetrics.Result scaled = SlowMetrics.compute(
                data.scaled(scale).sample().withWeights(times(w, 1 / scale), new double[0], Sample.Layer.CLASSIFIER));
        for (String name : SlowMetrics.ALL) {
            if (!one.has(name)) {
                continue;
            }
            double factor = switch (name) {
                case "tcv" -> scale * scale;
                case "feature_norm" -> scale;
                case "nc0" -> 1 / scale / scale;
                case "nc0_norm", "spectral_norm", "frobenius_norm" -> 1 / scale;
                case "rank_k_distance", "rank_k_minus_1_distance" -> 1 / scale;
                default -> 1;
            };
            double expected = one.get(name) * factor;
            assertThat(scaled.get(name)).as(name).isCloseTo(expected, within(Math.abs(expected) * 1e-11));
        }
    }

    @ParameterizedTest
    @CsvSource({"0.5, 0", "1e-5, 0", "1e-5, 100", "1e-7, 100"})
    void orthogonalMapsAndShiftsChangeNothing(double spread, double offset) {
        TestData data = TestData.clusters64(8, new int[] {12, 9, 15, 1}, 6, spread, 0, 1);
        double[][] q = TestData.randomOrthogonal(5, 6);
        double[][] moved = TestData.map(data.features(), q);
        for (double[] row : moved) {
            for (int j = 0; j < row.length; j++) {
                row[j] += offset;
            }
        }
        double[][] w = data.alignedWeights(1, 0.5);
        SlowMetrics.Result one =
                SlowMetrics.compute(data.sample().withWeights(w, new double[4], Sample.Layer.CLASSIFIER));
        SlowMetrics.Result other = SlowMetrics.compute(Sample.of(moved, data.labels(), 4)
                .withWeights(TestData.map(w, q), new double[4], Sample.Layer.CLASSIFIER));
        // Moving the rows rounds them: 2⁻⁵³·offset against the spread.
        double tolerance = Math.max(1e-9, 1e-13 * Math.max(1, offset) / spread);
        for (String name : SlowMetrics.ALL) {
            boolean moves = name.equals("feature_norm")
                    || name.equals("nc4")
                    || name.equals("error_rate")
                    || name.equals("mse_loss_perp")
                    || name.equals("central_path_distance");
            if (one.has(name) && !(moves && offset != 0)) {
                assertThat(other.get(name))
                        .as(name)
                        .isCloseTo(one.get(name), within(1e-13 + Math.abs(one.get(name)) * tolerance));
            }
        }
        assertThat(other.values().keySet()).isEqualTo(one.values().keySet());
    }

    // -------------------------------------------------------------------------------------------------- edge cases

    @Test
    void emptyClassIsAsIfItWereNotDeclared() {
        TestData with = TestData.clusters(3, new int[] {10, 0, 7, 9}, 5, 0.4, 1, 1);
        double[][] w = with.alignedWeights(2, 0.5);
        double[] b = with.randomBias(1);
        int[] dense = {0, -1, 1, 2};
        int[] labels = Arrays.stream(with.labels()).map(y -> dense[y]).toArray();
        SlowMetrics.Result r = SlowMetrics.compute(
                with.sample().withPredictions(with.labels()).withWeights(w, b, Sample.Layer.CLASSIFIER));
        SlowMetrics.Result without = SlowMetrics.compute(Sample.of(with.features(), labels, 3)
                .withPredictions(labels)
                .withWeights(
                        new double[][] {w[0], w[2], w[3]}, new double[] {b[0], b[2], b[3]}, Sample.Layer.CLASSIFIER));
        for (String name : SlowMetrics.FEATURES) {
            assertThat(r.get(name)).as(name).isEqualTo(without.get(name));
        }
        for (String name : names("nc3 nc3_etf nc3_floor mse_loss_nc1 mse_loss_nc23 mse_loss_perp")) {
            assertThat(r.get(name)).as(name).isEqualTo(without.get(name));
        }
        assertThat(r.get("nc0")).isNotEqualTo(without.get("nc0"));
    }

    @Test
    void constantFeaturesLeaveOutWhatTheyDoNotDefine() {
        TestData data = TestData.constant(3, 4, 5);
        SlowMetrics.Result r = SlowMetrics.compute(
                data.sample().withWeights(TestData.randomWeights(1, 3, 4), new double[3], Sample.Layer.CLASSIFIER));
        assertThat(r.absent())
                .containsKeys(
                        "nc1",
                        "nc1_quotient",
                        "cdnv",
                        "vci",
                        "tcv_relative",
                        "nc2_etf_means",
                        "nc3",
                        "nc3_etf",
                        "intra_class_cosine",
                        "inter_class_cosine",
                        "snr_min");
        assertThat(r.get("tcv")).isZero();
        assertThat(r.get("class_mean_rank")).isZero();
        assertThat(r.has("nc3_floor")).isTrue();
        assertThat(r.has("mse_loss_nc1")).isTrue();
    }

    @Test
    void coincidingMeansLowerTheRankAndLeaveNc1Finite() {
        SlowMetrics.Result r =
                SlowMetrics.compute(TestData.coincidingMeans(1, 5, 8, 20, 0.1).sample());
        assertThat(r.get("class_mean_rank")).isEqualTo(3);
        assertThat(r.get("nc1")).isBetween(0.0, 1.0);
        assertThat(r.absent()).containsEntry("cdnv", "the means of classes 3 and 4 coincide");

        SlowMetrics.Result noisy = SlowMetrics.compute(
                TestData.coincidingCentres(1, 5, 8, 20, 1e-3).sample());
        assertThat(noisy.get("class_mean_rank")).isEqualTo(4);
        assertThat(noisy.has("cdnv")).isTrue();
    }

    @Test
    void oneClassPresentLeavesOutWhatComparesClasses() {
        TestData data = TestData.clusters(1, new int[] {0, 9, 0}, 4, 0.5, 1, 1);
        SlowMetrics.Result r = SlowMetrics.compute(
                data.sample().withWeights(TestData.randomWeights(1, 3, 4), new double[3], Sample.Layer.CLASSIFIER));
        assertThat(r.absent()).containsKeys("nc1", "cdnv", "vci", "nc2_etf_means", "intra_class_cosine", "nc3");
        assertThat(r.values()).containsKeys("tcv", "feature_norm", "nc4", "nc0", "nc3_floor");
    }

    @Test
    void everyNameIsEitherDefinedOrAbsentWithAReason() {
        TestData data = TestData.clusters(1, new int[] {4, 1, 0, 9, 2}, 3, 0.5, 1, 1);
        Sample[] samples = {
            data.sample(),
            data.sample().withWeights(data.alignedWeights(1, 0.5), new double[0], Sample.Layer.CLASSIFIER),
            data.sample().withWeights(new double[5][3], new double[0], Sample.Layer.CLASSIFIER),
            data.sample().withWeights(TestData.randomWeights(1, 4, 12), new double[0], Sample.Layer.CONVOLUTION),
            Sample.ofWeights(TestData.randomWeights(1, 5, 3), new double[0], 5, Sample.Layer.CLASSIFIER),
            TestData.clusters(1, new int[] {1, 1}, 1, 0.5, 1, 1).sample(),
        };
        for (Sample sample : samples) {
            SlowMetrics.Result r = SlowMetrics.compute(sample);
            for (String name : SlowMetrics.ALL) {
                assertThat(r.has(name)).as(name).isNotEqualTo(r.absent().containsKey(name));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1e-3, 0", "1e-5, 0", "1e-7, 0", "1e-3, 100", "1e-5, 100", "1e-7, 100"})
    void roundedFeaturesAreComputableHoweverCollapsed(double spread, double offset) {
        for (double scale : new double[] {1, 1e25, 1e-25}) {
            for (int[] counts : new int[][] {{20, 20}, {30, 0, 1, 5}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}}) {
                TestData data = TestData.clusters(6, counts, 8, spread, offset, scale);
                SlowMetrics.Result r = SlowMetrics.compute(data.sample()
                        .withWeights(data.alignedWeights(1, 0.3), data.randomBias(2), Sample.Layer.CLASSIFIER)
                        .withDecay(5e-4, Sample.Coupling.COUPLED, true));
                // At 100 a float has no room for 1e-7: most such rows are equal, and nc1 may be exactly zero.
                assertThat(r.get("nc1")).isNotNegative().isLessThan(100 * spread);
                assertThat(r.get("vci")).isBetween(0.0, 1.0);
                assertThat(r.get("class_mean_rank"))
                        .isEqualTo(Math.min(
                                8,
                                (int) Arrays.stream(counts).filter(n -> n > 0).count() - 1));
            }
        }
    }

    @Test
    void onlyWhatIsAskedForIsReturned() {
        SlowMetrics.Result r =
                SlowMetrics.compute(TestData.clusters(1, 3, 4, 5, 0.5, 1, 1).sample(), SlowMetrics.NOT_SPECTRAL);
        assertThat(r.values()).containsKeys("tcv", "nc2_etf_means").doesNotContainKeys("nc1", "vci");
        assertThat(r.absent()).doesNotContainKeys("nc1", "spectral_norm");
    }

    // ----------------------------------------------------------------------------------------------------- helpers

    private static void close(SlowMetrics.Result r, String name, double expected) {
        assertThat(r.get(name)).as(name).isCloseTo(expected, within(1e-12 * Math.abs(expected) + 1e-300));
    }

    private static void close(double actual, double expected) {
        assertThat(actual).isCloseTo(expected, within(1e-12 * Math.abs(expected)));
    }

    private static List<String> names(String names) {
        return List.of(names.split(" ", -1));
    }

    private static int[] upTo(int n) {
        int[] x = new int[n];
        Arrays.setAll(x, i -> i);
        return x;
    }

    private static double potential(double omega, int k) {
        return k * k * Math.log(omega) + k * omega * omega + Math.pow(omega, 4) / 4;
    }

    /** Of a symmetric positive semidefinite matrix, with cut-off 1e-10. */
    private static double[][] pseudoInverse(double[][] a) {
        Svd svd = Svd.of(a);
        double[][] inverse = new double[a.length][a.length];
        for (int s = 0; s < Svd.rank(svd.s(), 1e-10); s++) {
            for (int i = 0; i < a.length; i++) {
                for (int j = 0; j < a.length; j++) {
                    inverse[i][j] += svd.right()[s][i] * svd.left()[s][j] / svd.s()[s];
                }
            }
        }
        return inverse;
    }

    private static double[][] product(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int p = 0; p < b.length; p++) {
                for (int j = 0; j < c[i].length; j++) {
                    c[i][j] += a[i][p] * b[p][j];
                }
            }
        }
        return c;
    }

    private static double[][] plus(double[][] a, double[][] b) {
        double[][] c = Svd.copy(a);
        for (int i = 0; i < c.length; i++) {
            for (int j = 0; j < c[i].length; j++) {
                c[i][j] += b[i][j];
            }
        }
        return c;
    }

    private static double[][] times(double[][] a, double factor) {
        double[][] c = Svd.copy(a);
        for (double[] row : c) {
            for (int j = 0; j < row.length; j++) {
                row[j] *= factor;
            }
        }
        return c;
    }

    private static double[] times(double[][] a, double[] x) {
        return Arrays.stream(a).mapToDouble(row -> Sums.dot(row, x)).toArray();
    }

    private static double trace(double[][] a) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i][i];
        }
        return sum;
    }
}
