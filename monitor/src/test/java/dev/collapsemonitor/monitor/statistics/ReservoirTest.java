package dev.collapsemonitor.monitor.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.geometry.LayerMetrics;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.oracle.Engine;
import dev.collapsemonitor.monitor.oracle.Sample.Layer;
import dev.collapsemonitor.monitor.oracle.TestData;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits.Retention;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The bounded sample of rows: what it keeps depends on the rows alone. */
class ReservoirTest {
    private static final int CLASSES = 5;
    private static final int D = 2;

    @Property(tries = 100)
    void keepsEverythingBelowTheBound(@ForAll @Size(max = 60) List<@IntRange(max = 4) Integer> labels) {
        Reservoir reservoir = fill(60, batches(labels, 7));
        assertThat(reservoir.size()).isEqualTo(labels.size());
        assertThat(Arrays.stream(kept(reservoir)).mapToInt(x -> x.length).sum()).isEqualTo(labels.size());
    }

    @Property(tries = 200)
    void keepsTheSameWhateverTheOrderOfBatches(
            @ForAll @Size(min = 30, max = 200) List<@IntRange(max = 4) Integer> labels,
            @ForAll @IntRange(min = 5, max = 40) int capacity,
            @ForAll long seed) {
        List<Batch> batches = batches(labels, 7);
        double[][] inOrder = kept(fill(capacity, batches));
        Collections.shuffle(batches, new Random(seed));
        assertThat(kept(fill(capacity, batches))).isDeepEqualTo(inOrder);
    }

    @Property(tries = 200)
    void keepsTheSameHoweverPartsAreMerged(
            @ForAll @Size(min = 30, max = 200) List<@IntRange(max = 4) Integer> labels,
            @ForAll @IntRange(min = 5, max = 40) int capacity,
            @ForAll long seed) {
        List<Batch> batches = batches(labels, 7);
        double[][] inOrder = kept(fill(capacity, batches));
        Random random = new Random(seed);
        List<Reservoir> parts = new ArrayList<>();
        for (int part = 0; part < 4; part++) {
            parts.add(new Reservoir(CLASSES, D, false, capacity, Retention.RANDOM));
        }
        for (Batch batch : batches) {
            parts.get(random.nextInt(4)).observe(batch, 0);
        }
        while (parts.size() > 1) {
            Reservoir from = parts.remove(random.nextInt(parts.size()));
            parts.get(random.nextInt(parts.size())).merge(from);
        }
        assertThat(kept(parts.get(0))).isDeepEqualTo(inOrder);
    }

    @Property(tries = 200)
    void keepsTheSameNumberOfEveryClassAndAtLeastOne(
            @ForAll @Size(max = 200) List<@IntRange(max = 4) Integer> labels,
            @ForAll @IntRange(min = 1, max = 60) int capacity) {
        Reservoir reservoir = fill(capacity, batches(labels, 7));
        int[] counts = new int[CLASSES];
        labels.forEach(label -> counts[label]++);
        int cap = 1;
        while (cap <= 200 && sumOfMinima(counts, cap + 1) <= capacity) {
            cap++;
        }
        for (int k = 0; k < CLASSES; k++) {
            int size = reservoir.samples(k) == null ? 0 : reservoir.samples(k).size();
            assertThat(size).isEqualTo(Math.min(counts[k], cap));
        }
        int present = sumOfMinima(counts, 1);
        assertThat(reservoir.size()).isLessThanOrEqualTo(Math.max(capacity, present));
    }

    @Property(tries = 100)
    void neverHoldsMoreBytesThanToldInAdvance(
            @ForAll boolean sorted,
            @ForAll @Size(min = 100, max = 300) List<@IntRange(max = 4) Integer> labels,
            @ForAll @IntRange(min = 2 * CLASSES, max = 100) int capacity) {
        List<Integer> order = new ArrayList<>(labels);
        if (sorted) {
            Collections.sort(order); // the first class fills the bound and must give it back
        }
        Reservoir reservoir = new Reservoir(CLASSES, D, false, capacity, Retention.RANDOM);
        for (Batch batch : batches(order, 1)) {
            reservoir.observe(batch, 0);
            long held = 0;
            for (int k = 0; k < CLASSES; k++) {
                held += reservoir.samples(k) == null ? 0 : reservoir.samples(k).memoryBytes();
            }
            assertThat(held).isLessThanOrEqualTo(2 * Reservoir.memoryBytes(capacity, D, false));
        }
    }

    @Example
    void keepsPredictionsWithTheirRows() {
        List<Batch> batches = new ArrayList<>();
        for (int b = 0; b < 40; b++) {
            float[] rows = new float[2 * 10];
            int[] predicted = new int[10];
            for (int i = 0; i < 10; i++) {
                predicted[i] = (b * 7 + i * 3) % CLASSES;
                rows[2 * i] = predicted[i];
                rows[2 * i + 1] = b;
            }
            Batch batch = new Batch();
            batch.load(rows, 10, D, Feed.constant(10, b % CLASSES), predicted, b);
            batches.add(batch);
        }
        Reservoir reservoir = fill(23, batches);
        double[] row = new double[D];
        for (int k = 0; k < CLASSES; k++) {
            for (int i = 0; i < reservoir.samples(k).size(); i++) {
                reservoir.samples(k).copyRow(i, row, 0);
                assertThat(reservoir.samples(k).predicted(i)).isEqualTo((int) row[0]);
                assertThat((int) row[1] % CLASSES).isEqualTo(k);
            }
        }
    }

    @Example
    void choosesEveryRowWithTheSameChance() {
        // 2,000 of 20,000 rows, counted by position within the batch and by batch: a χ² of 20 cells each.
        Reservoir reservoir = new Reservoir(1, 2, false, 2000, Retention.RANDOM);
        for (int b = 0; b < 1000; b++) {
            float[] rows = new float[40];
            for (int i = 0; i < 20; i++) {
                rows[2 * i] = i;
                rows[2 * i + 1] = b / 50;
            }
            Batch batch = new Batch();
            batch.load(rows, 20, 2, new int[20], new int[0], b);
            reservoir.observe(batch, 0);
        }
        double[][] cells = new double[2][20];
        double[] row = new double[2];
        for (int i = 0; i < 2000; i++) {
            reservoir.samples(0).copyRow(i, row, 0);
            cells[0][(int) row[0]]++;
            cells[1][(int) row[1]]++;
        }
        for (double[] counts : cells) {
            double chiSquared =
                    Arrays.stream(counts).map(n -> (n - 100) * (n - 100) / 100).sum();
            assertThat(chiSquared).isBetween(4.0, 45.0); // 19 degrees of freedom; p = 1e-4 on either side
        }
    }

    @Example
    void estimatesNc4WithTheClassesInTheirTrueShares() {
        // Imbalanced, and the classes differ in how often they are confused: an unweighted share would be far off.
        TestData data = TestData.clusters(5, new int[] {6000, 1500, 400, 100}, 6, 1.6, 0, 1);
        int[] predictions = data.predictions(6, 0.1);
        double full = nc4(data, predictions, AccumulatorLimits.DEFAULT);
        AccumulatorLimits limits = new AccumulatorLimits(4096, 1200L * 6 * Float.BYTES, 512);
        double estimated = nc4(data, predictions, limits);
        assertThat(full).isBetween(0.05, 0.9);
        // 366 rows a class: a standard error of at most 0.75 · √(¼/366) ≈ 0.02 from the largest.
        assertThat(estimated).isCloseTo(full, within(0.06)).isNotEqualTo(full);
    }

    private static double nc4(TestData data, int[] predictions, AccumulatorLimits limits) {
        try (LayerAccumulator accumulator = Engine.accumulate(
                data.sample()
                        .withPredictions(predictions)
                        .withWeights(data.alignedWeights(1, 0.5), new double[0], Layer.CLASSIFIER),
                64,
                limits)) {
            ClassStatistics statistics = accumulator.statistics();
            return LayerMetrics.of(statistics, null).metrics().get(Metric.NC4);
        }
    }

    private static int sumOfMinima(int[] counts, int cap) {
        return Arrays.stream(counts).map(n -> Math.min(n, cap)).sum();
    }

    /** Row i is (i, label): told apart by its first value. */
    private static List<Batch> batches(List<Integer> labels, int rows) {
        List<Batch> batches = new ArrayList<>();
        for (int from = 0; from < labels.size(); from += rows) {
            int count = Math.min(rows, labels.size() - from);
            float[] features = new float[D * count];
            int[] batchLabels = new int[count];
            for (int i = 0; i < count; i++) {
                batchLabels[i] = labels.get(from + i);
                features[D * i] = from + i;
                features[D * i + 1] = batchLabels[i];
            }
            Batch batch = new Batch();
            batch.load(features, count, D, batchLabels, new int[0], from);
            batches.add(batch);
        }
        return batches;
    }

    private static Reservoir fill(int capacity, List<Batch> batches) {
        Reservoir reservoir = new Reservoir(CLASSES, D, false, capacity, Retention.RANDOM);
        batches.forEach(batch -> reservoir.observe(batch, 0));
        return reservoir;
    }

    /** For each class the first values of the rows kept, sorted. */
    private static double[][] kept(Reservoir reservoir) {
        double[][] kept = new double[CLASSES][];
        double[] row = new double[D];
        for (int k = 0; k < CLASSES; k++) {
            ClassSamples samples = reservoir.samples(k);
            kept[k] = new double[samples == null ? 0 : samples.size()];
            for (int i = 0; i < kept[k].length; i++) {
                samples.copyRow(i, row, 0);
                kept[k][i] = row[0];
                assertThat(row[1]).isEqualTo(k);
            }
            Arrays.sort(kept[k]);
        }
        return kept;
    }
}
