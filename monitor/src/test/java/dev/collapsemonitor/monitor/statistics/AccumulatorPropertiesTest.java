package dev.collapsemonitor.monitor.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.geometry.LayerMetrics;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.geometry.MetricValues;
import dev.collapsemonitor.monitor.oracle.Engine;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.Sample.Coupling;
import dev.collapsemonitor.monitor.oracle.Sample.Layer;
import dev.collapsemonitor.monitor.oracle.Sample.Loss;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import dev.collapsemonitor.monitor.oracle.TestData;
import dev.collapsemonitor.monitor.statistics.PartSet.Arrival;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What must not matter to the statistics and the metrics: order, batches, parts, rotation, units. */
class AccumulatorPropertiesTest {
    private static final Set<String> SUMS_BASED = Set.of(
            "tcv",
            "tcv_relative",
            "nc1",
            "cdnv",
            "nc1_quotient",
            "vci",
            "snr_min",
            "snr_max",
            "class_mean_rank",
            "nc2_equinorm_means",
            "nc2_equiangular_means",
            "nc2_max_angle_means",
            "nc2_etf_means");

    /** Metrics of retained samples: they follow the sample, which follows the batch ids, once not all are kept. */
    private static final Set<Metric> RETAINED = Set.of(
            Metric.NC4,
            Metric.ERROR_RATE,
            Metric.INTRA_CLASS_COSINE,
            Metric.INTRA_CLASS_COSINE_MIN,
            Metric.INTER_CLASS_COSINE,
            Metric.INTER_CLASS_COSINE_MAX);

    /** Which path an accumulator takes, and how much rounding it is allowed. */
    enum Path {
        FLOAT64(true, AccumulatorLimits.DEFAULT, 1e-12),
        FLOAT32_FEATURES(false, AccumulatorLimits.DEFAULT, 1e-12),
        // A class's reference may be a single row some spreads off: products a few times larger than S_W, in float32.
        FLOAT32_PRODUCTS(false, Feed.SINGLE, 2e-6);

        final boolean doubles;
        final AccumulatorLimits limits;
        final double tolerance;

        Path(boolean doubles, AccumulatorLimits limits, double tolerance) {
            this.doubles = doubles;
            this.limits = limits;
            this.tolerance = tolerance;
        }

        TestData data(long seed, int... counts) {
            double offset = 3 * new Random(seed).nextInt(4);
            return doubles
                    ? TestData.clusters64(seed, counts, 11, 0.3, offset, 1)
                    : TestData.clusters(seed, counts, 11, 0.3, offset, 1);
        }

        LayerAccumulator accumulate(TestData data, int batchRows, long firstId) {
            return Feed.accumulate(data, doubles, limits, batchRows, firstId);
        }
    }

    @Property(tries = 60)
    void mergingIsCommutative(
            @ForAll Path path,
            @ForAll @IntRange(max = 1_000_000) int seed,
            @ForAll @IntRange(min = 1, max = 149) int cut) {
        TestData data = path.data(seed, 60, 45, 30, 15);
        try (LayerAccumulator ab = path.accumulate(data.slice(0, cut), 16, 0);
                LayerAccumulator b = path.accumulate(data.slice(cut, 150), 16, 1000);
                LayerAccumulator ba = path.accumulate(data.slice(cut, 150), 16, 1000);
                LayerAccumulator a = path.accumulate(data.slice(0, cut), 16, 0)) {
            ab.merge(b);
            ba.merge(a);
            assertSame(ab.statistics(), ba.statistics(), path.tolerance);
            assertThat(retained(ab.statistics())).isEqualTo(retained(ba.statistics()));
        }
    }

    @Property(tries = 60)
    void mergingIsAssociative(
            @ForAll Path path,
            @ForAll @IntRange(max = 1_000_000) int seed,
            @ForAll @IntRange(min = 1, max = 74) int first,
            @ForAll @IntRange(min = 75, max = 149) int second) {
        TestData data = path.data(seed, 60, 45, 30, 15);
        TestData[] parts = {data.slice(0, first), data.slice(first, second), data.slice(second, 150)};
        try (LayerAccumulator left = path.accumulate(parts[0], 16, 0);
                LayerAccumulator right = path.accumulate(parts[0], 16, 0);
                LayerAccumulator tail = path.accumulate(parts[1], 16, 1000);
                LayerAccumulator middle = path.accumulate(parts[1], 16, 1000);
                LayerAccumulator last = path.accumulate(parts[2], 16, 2000)) {
            left.merge(middle);
            left.merge(last);
            tail.merge(last);
            right.merge(tail);
            assertSame(left.statistics(), right.statistics(), path.tolerance);
            assertThat(retained(left.statistics())).isEqualTo(retained(right.statistics()));
        }
    }

    @Property(tries = 60)
    void splittingAnywhereGivesTheWhole(
            @ForAll Path path,
            @ForAll @IntRange(max = 1_000_000) int seed,
            @ForAll @IntRange(min = 1, max = 149) int cut,
            @ForAll @IntRange(min = 1, max = 150) int batchRows) {
        TestData data = path.data(seed, 60, 45, 30, 15);
        try (LayerAccumulator whole = path.accumulate(data, 150, 0);
                LayerAccumulator merged = path.accumulate(data.slice(0, cut), batchRows, 0);
                LayerAccumulator rest = path.accumulate(data.slice(cut, 150), batchRows, 1000)) {
            merged.merge(rest);
            assertThat(merged.observed()).isEqualTo(150);
            assertSame(whole.statistics(), merged.statistics(), path.tolerance);
        }
    }

    @Example
    void mergingWithNothingChangesNothing() {
        TestData data = Path.FLOAT32_PRODUCTS.data(5, 40, 30, 20);
        for (Path path : Path.values()) {
            try (LayerAccumulator alone = path.accumulate(data, 20, 0);
                    LayerAccumulator padded = path.accumulate(data, 20, 0);
                    LayerAccumulator started = new LayerAccumulator(3, 11, path.doubles, path.limits);
                    LayerAccumulator empty = new LayerAccumulator(3, 11, path.doubles, path.limits)) {
                padded.merge(empty);
                started.merge(alone);
                assertSame(alone.statistics(), padded.statistics(), 0);
                assertSame(alone.statistics(), started.statistics(), 0);
            }
        }
    }

    @Property(tries = 40)
    void rowsInAnotherOrderAndOtherBatchesMoveNoMetric(
            @ForAll boolean doubles,
            @ForAll @IntRange(max = 1_000_000) int seed,
            @ForAll @IntRange(min = 1, max = 150) int batchRows) {
        TestData data = (doubles ? Path.FLOAT64 : Path.FLOAT32_FEATURES).data(seed, 60, 45, 30, 15);
        Sample sample = classifier(data);
        Sample reordered = classifier(data.shuffled(seed + 1));
        assertMoves(
                Engine.compute(sample, 150), Engine.compute(reordered, batchRows), Set.of(), doubles ? 1e-11 : 1e-7);
    }

    @Example
    void rowsInAnotherOrderMoveNoMetricWhereProductsAreFormedInFloat32() {
        TestData data = TestData.clusters(7, 4, 512, 300, 0.3, 0, 1);
        MetricValues once = Engine.computeInSingle(classifier(data), 256);
        MetricValues again = Engine.computeInSingle(classifier(data.shuffled(8)), 100);
        assertMoves(once, again, Set.of(), 1e-7);
    }

    @Example
    void rowsInAnotherOrderHardlyMoveAMetricWhenNotAllRowsAreRetained() {
        TestData data = TestData.clusters(9, 4, 512, 1100, 0.3, 0, 1);
        try (LayerAccumulator once = Feed.accumulate(data, false, AccumulatorLimits.DEFAULT, 256, 0);
                LayerAccumulator again = Feed.accumulate(data.shuffled(8), false, AccumulatorLimits.DEFAULT, 100, 0)) {
            assertThat(once.statistics().samples().complete()).isFalse();
            assertMoves(
                    LayerMetrics.of(once.statistics(), null).metrics(),
                    LayerMetrics.of(again.statistics(), null).metrics(),
                    RETAINED,
                    1e-7);
        }
    }

    @Example
    void aReferenceThatWasASingleRowCostsNoDigits() {
        // Batches of three rows of four classes: every class starts with one row, an outlier of its class.
        TestData data = TestData.clusters(10, 4, 512, 1100, 0.3, 0, 1);
        try (LayerAccumulator once = Feed.accumulate(data, false, AccumulatorLimits.DEFAULT, 256, 0);
                LayerAccumulator again = Feed.accumulate(data.shuffled(8), false, AccumulatorLimits.DEFAULT, 3, 0)) {
            assertMoves(
                    LayerMetrics.of(once.statistics(), null).metrics(),
                    LayerMetrics.of(again.statistics(), null).metrics(),
                    RETAINED,
                    1e-7);
        }
    }

    @Property(tries = 40)
    void decayIsTheDirectlyWeightedComputation(
            @ForAll Path path,
            @ForAll @IntRange(max = 1_000_000) int seed,
            @ForAll @IntRange(min = 1, max = 40) int batches,
            @ForAll @IntRange(min = 6, max = 10) int tenths) {
        TestData data = path.data(seed, 100, 80, 60).slice(0, 240);
        double factor = tenths / 10.0;
        assertRolling(path, data, 240 / batches, factor);
    }

    @Example
    void decayStaysExactWhenTheUnitIsRescaledManyTimes() {
        for (Path path : Path.values()) {
            // 2^80 in all: seven times the unit passes 2^10.
            assertRolling(path, path.data(3, 100, 80, 60), 3, 0.5);
        }
    }

    @Example
    void decayedSamplesAreNotCountedInFullRightAfterTheUnitWasRescaled() {
        // All rows are retained and the unit is 1 again after 11 halvings: the float32 products must not be redone
        // from rows that no longer count alike.
        TestData data = TestData.clusters(4, 3, 11, 40, 0.3, 0, 1).slice(0, 110);
        AccumulatorLimits limits = new AccumulatorLimits(4096, 8 << 20, 1);
        try (LayerAccumulator accumulator = new LayerAccumulator(3, 11, false, limits)) {
            assertRolling(accumulator, data, false, 10, 0.5, 1e-5);
        }
    }

    @Example
    void aMergedPartThatWasDecayedIsNotCountedInFull() {
        TestData data = TestData.clusters(4, 3, 11, 40, 0.3, 0, 1);
        AccumulatorLimits limits = new AccumulatorLimits(4096, 8 << 20, 1);
        double[] weights = new double[120];
        Arrays.fill(weights, 0, 60, 0.25);
        Arrays.fill(weights, 60, 120, 1);
        try (LayerAccumulator old = Feed.accumulate(data.slice(0, 60), false, limits, 60, 0);
                LayerAccumulator fresh = Feed.accumulate(data.slice(60, 120), false, limits, 60, 1)) {
            old.decay(0.25);
            fresh.merge(old);
            Sample sample = data.sample().withSampleWeights(weights);
            Engine.assertAgrees(
                    sample,
                    LayerMetrics.of(fresh.statistics(), null).metrics(),
                    SlowMetrics.compute(sample, SUMS_BASED),
                    SUMS_BASED,
                    1e-5);
        }
    }

    private static void assertRolling(Path path, TestData data, int batchRows, double factor) {
        try (LayerAccumulator accumulator =
                new LayerAccumulator(data.classes(), data.dimensions(), path.doubles, path.limits)) {
            double tolerance = path == Path.FLOAT32_PRODUCTS ? 1e-5 : 1e-10;
            assertRolling(accumulator, data, path.doubles, batchRows, factor, tolerance);
        }
    }

    private static void assertRolling(
            LayerAccumulator accumulator,
            TestData data,
            boolean doubles,
            int batchRows,
            double factor,
            double tolerance) {
        Workspace workspace = new Workspace();
        double[] weights = new double[data.rows()];
        for (int from = 0; from < data.rows(); from += batchRows) {
            int to = Math.min(data.rows(), from + batchRows);
            accumulator.decay(factor);
            for (int i = 0; i < from; i++) {
                weights[i] *= factor;
            }
            Arrays.fill(weights, from, to, 1);
            accumulator.observe(Feed.batch(data.slice(from, to), doubles, from), workspace);
        }
        Sample sample = data.sample().withSampleWeights(weights);
        ClassStatistics statistics = accumulator.statistics();
        assertThat(statistics.total())
                .isCloseTo(
                        Arrays.stream(weights).sum(),
                        within(1e-12 * Arrays.stream(weights).sum()));
        Engine.assertAgrees(
                sample,
                LayerMetrics.of(statistics, null).metrics(),
                SlowMetrics.compute(sample, SUMS_BASED),
                SUMS_BASED,
                tolerance);
    }

    @Property(tries = 30)
    void orthogonalMapsLeaveAllMetrics(@ForAll @IntRange(max = 1_000_000) int seed) {
        TestData data = TestData.clusters64(seed, new int[] {60, 45, 30, 15}, 11, 0.3, 2, 1);
        double[][] weights = data.alignedWeights(seed + 1, 0.3);
        double[][] q = TestData.randomOrthogonal(seed + 2L, 11);
        assertMoves(
                Engine.compute(classifier(data, weights, Coupling.COUPLED), 40),
                Engine.compute(classifier(data.rotated(seed + 2L), TestData.map(weights, q), Coupling.COUPLED), 40),
                Set.of(),
                1e-10);
    }

    @Property(tries = 30)
    void scalingLeavesTheRatios(
            @ForAll Path path,
            @ForAll @IntRange(max = 1_000_000) int seed,
            @ForAll @IntRange(min = -60, max = 60) int exponent) {
        TestData data = path.data(seed, 60, 45, 30, 15);
        boolean single = path == Path.FLOAT32_PRODUCTS;
        double[][] weights = data.alignedWeights(seed + 1, 0.3);
        double factor = Math.scalb(1.0, exponent);
        Sample sample = classifier(data, weights, Coupling.DECOUPLED);
        Sample scaled = classifier(data.scaled(factor), scaled(weights, 1 / factor), Coupling.DECOUPLED);
        MetricValues before = single ? Engine.computeInSingle(sample, 40) : Engine.compute(sample, 40);
        MetricValues after = single ? Engine.computeInSingle(scaled, 40) : Engine.compute(scaled, 40);
        Map<Metric, Double> factors = new EnumMap<>(Metric.class);
        factors.put(Metric.TCV, factor * factor);
        factors.put(Metric.FEATURE_NORM, factor);
        for (Metric metric : new Metric[] {
            Metric.SPECTRAL_NORM,
            Metric.FROBENIUS_NORM,
            Metric.RANK_K_DISTANCE,
            Metric.RANK_K_MINUS_1_DISTANCE,
            Metric.NC0_NORM
        }) {
            factors.put(metric, 1 / factor);
        }
        factors.put(Metric.NC0, 1 / (factor * factor));
        // Norms of float32 rows are summed in float32 where that holds, in float64 at the ends of the range.
        assertMoves(before, after, factors, Set.of(), path == Path.FLOAT64 ? 1e-12 : 1e-6);
    }

    record Delivery(int part, int parts, int checksum) {}

    @Provide
    Arbitrary<List<Delivery>> deliveries() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 39),
                        Arbitraries.frequency(net.jqwik.api.Tuple.of(9, 40), net.jqwik.api.Tuple.of(1, 41)),
                        Arbitraries.integers().between(-1, 1))
                .as(Delivery::new)
                .list()
                .ofMaxSize(200);
    }

    @Property(tries = 100)
    void partsAreNewOnceWhateverTheirOrder(@ForAll("deliveries") List<Delivery> deliveries) {
        PartSet parts = new PartSet(40);
        Map<Integer, Integer> model = new HashMap<>();
        int rejected = 0;
        for (Delivery delivery : deliveries) {
            Arrival expected;
            if (delivery.parts() != 40) {
                expected = Arrival.CONFLICT;
            } else if (!model.containsKey(delivery.part())) {
                expected = Arrival.NEW;
            } else {
                expected = model.get(delivery.part()) == delivery.checksum() ? Arrival.DUPLICATE : Arrival.CONFLICT;
            }
            assertThat(parts.classify(delivery.part(), delivery.parts(), delivery.checksum()))
                    .isEqualTo(expected);
            if (expected == Arrival.NEW) {
                model.put(delivery.part(), delivery.checksum());
                if (delivery.part() % 7 == 3) {
                    parts.rejected(delivery.part(), delivery.checksum());
                    rejected++;
                } else {
                    parts.merged(delivery.part(), delivery.checksum());
                }
            }
            assertThat(parts.coverage()).isEqualTo((model.size() - rejected) / 40.0);
            assertThat(parts.complete()).isEqualTo(model.size() == 40);
        }
    }

    /** Counts exact; means, variances and scatter within the tolerance of their own size. */
    private static void assertSame(ClassStatistics one, ClassStatistics other, double tolerance) {
        assertThat(other.present()).isEqualTo(one.present());
        assertThat(other.counts()).isEqualTo(one.counts());
        assertThat(other.predictedCount()).isEqualTo(one.predictedCount());
        assertClose(new double[] {one.normSum()}, new double[] {other.normSum()}, 1e-12);
        assertClose(one.means().data(), other.means().data(), tolerance);
        assertClose(one.scatter().data(), other.scatter().data(), tolerance);
        for (int p = 0; p < one.presentClasses(); p++) {
            assertThat(other.variances()[p]).isCloseTo(one.variances()[p], within(2 * tolerance * one.variances()[p]));
        }
    }

    private static void assertClose(double[] expected, double[] actual, double tolerance) {
        double norm = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            norm += expected[i] * expected[i];
            difference += (expected[i] - actual[i]) * (expected[i] - actual[i]);
        }
        assertThat(Math.sqrt(difference)).isLessThanOrEqualTo(tolerance * Math.sqrt(norm));
    }

    private static double[][] retained(ClassStatistics statistics) {
        double[][] rows = new double[statistics.samples().size()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = statistics.samples().rows(i, 1).row(0);
        }
        Arrays.sort(rows, Arrays::compare);
        return rows;
    }

    private static void assertMoves(MetricValues before, MetricValues after, Set<Metric> except, double tolerance) {
        assertMoves(before, after, Map.of(), except, tolerance);
    }

    private static void assertMoves(
            MetricValues before,
            MetricValues after,
            Map<Metric, Double> factors,
            Set<Metric> except,
            double tolerance) {
        assertThat(after.values().keySet()).isEqualTo(before.values().keySet());
        Map<Metric, String> moved = new EnumMap<>(Metric.class);
        before.values().forEach((metric, value) -> {
            double expected = value * factors.getOrDefault(metric, 1.0);
            double got = after.get(metric);
            if (!except.contains(metric) && !(Math.abs(got - expected) <= tolerance * Math.abs(expected))) {
                moved.put(metric, expected + " → " + got + " (" + Math.abs(got / expected - 1) + ")");
            }
        });
        assertThat(moved).isEmpty();
    }

    private static double[][] scaled(double[][] x, double factor) {
        return Arrays.stream(x)
                .map(row -> Arrays.stream(row).map(v -> v * factor).toArray())
                .toArray(double[][]::new);
    }

    private static Sample classifier(TestData data) {
        return classifier(data, data.alignedWeights(101, 0.2), Coupling.COUPLED);
    }

    private static Sample classifier(TestData data, double[][] weights, Coupling coupling) {
        return data.sample()
                .withWeights(weights, data.randomBias(102), Layer.CLASSIFIER)
                .withDecay(5e-4, coupling, true)
                .withLoss(Loss.MSE);
    }
}
