package dev.collapsemonitor.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TransformationTest {
    /** One feature, which is the sample's position; its label is that modulo 10. */
    private static final Samples SAMPLES = samples(1000, 10);

    @Test
    void shouldTakeTheSameNumberOfEveryClass() {
        Samples subset = new ClassSubset(7, 1).apply(SAMPLES);
        assertThat(subset.classCounts()).hasSize(10).containsOnly(7);
        assertKeepsLabelsBesideFeatures(subset);
        assertThat(new ClassSubset(7, 1).apply(SAMPLES).features()).isEqualTo(subset.features());
        assertThat(new ClassSubset(7, 2).apply(SAMPLES).features()).isNotEqualTo(subset.features());
        assertThat(new ClassSubset(100, 1).apply(SAMPLES).features()).isEqualTo(SAMPLES.features());
    }

    @Test
    void shouldNameTheClassThatIsTooSmallForASubset() {
        assertThatThrownBy(() -> new ClassSubset(101, 1).apply(SAMPLES))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("class 0", "100", "101");
        assertThatThrownBy(() -> new ClassSubset(0, 1)).isInstanceOf(UserException.class);
        assertThatThrownBy(() -> new TotalSubset(0, 1)).isInstanceOf(UserException.class);
    }

    @Test
    void shouldTakeABalancedSubsetOfATotal() {
        assertThat(new TotalSubset(23, 1).apply(SAMPLES).classCounts()).containsExactly(3, 3, 3, 2, 2, 2, 2, 2, 2, 2);
    }

    @Test
    void shouldMakeTheLastHalfOfTheClassesRarer() {
        Samples step = new Imbalance(10, new ImbalanceProfile.HalfStep(), 1).apply(SAMPLES);
        assertThat(step.classCounts()).containsExactly(100, 100, 100, 100, 100, 10, 10, 10, 10, 10);
        assertKeepsLabelsBesideFeatures(step);
    }

    @Test
    void shouldMakeSoManyClassesRarerAsAsked() {
        Samples step = new Imbalance(3, new ImbalanceProfile.Step(2), 1).apply(SAMPLES);
        assertThat(step.classCounts()).containsExactly(100, 100, 100, 100, 100, 100, 100, 100, 33, 33);
        assertThatThrownBy(() -> new Imbalance(3, new ImbalanceProfile.Step(10), 1).apply(SAMPLES))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("10 minority classes", "1 to 9");
    }

    @Test
    void shouldLetClassSizesFallExponentially() {
        Samples tail = new Imbalance(100, new ImbalanceProfile.Exponential(), 1).apply(SAMPLES);
        // 100 · 100^(−k/9), rounded
        assertThat(tail.classCounts()).containsExactly(100, 60, 36, 22, 13, 8, 5, 3, 2, 1);
        assertThat(new Imbalance(1, new ImbalanceProfile.Exponential(), 1)
                        .apply(SAMPLES)
                        .size())
                .isEqualTo(1000);
    }

    @Test
    void shouldServeTheProfileAsLargeAsEveryClassAllows() {
        Imbalance step = new Imbalance(3, new ImbalanceProfile.Step(1), 1);
        assertThat(step.sizes(new long[] {50, 60, 400})).containsExactly(50, 50, 17);
        assertThat(step.sizes(new long[] {90, 80, 7})).containsExactly(21, 21, 7);
    }

    @Test
    void shouldRefuseARatioThatLeavesAClassEmpty() {
        assertThatThrownBy(() -> new Imbalance(1000, new ImbalanceProfile.HalfStep(), 1).apply(SAMPLES))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("1000", "class 5", "100 or less");
        assertThatThrownBy(() -> new Imbalance(0.5, new ImbalanceProfile.HalfStep(), 1))
                .isInstanceOf(UserException.class);
    }

    @Test
    void shouldChangeExactlyTheShareOfLabelsAndSayWhich() {
        LabelNoise.Noisy noisy = new LabelNoise(0.155, 1).corrupt(SAMPLES);
        assertThat(noisy.changed()).hasSize(155).isSorted().doesNotHaveDuplicates();
        int[] differing = IntStream.range(0, SAMPLES.size())
                .filter(i -> noisy.samples().labels()[i] != SAMPLES.labels()[i])
                .toArray();
        assertThat(differing).isEqualTo(noisy.changed());
        assertThat(noisy.samples().features()).isSameAs(SAMPLES.features());
        assertThat(noisy.samples().labels()).containsOnly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(new LabelNoise(0.155, 1).corrupt(SAMPLES).changed()).isEqualTo(noisy.changed());
        assertThat(new LabelNoise(0.155, 2).corrupt(SAMPLES).changed()).isNotEqualTo(noisy.changed());
        assertThat(SAMPLES.labels()).isEqualTo(samples(1000, 10).labels());
    }

    @Test
    void shouldGiveEveryOtherClassTheSameChance() {
        Samples samples = samples(90_000, 10);
        int[] noisy = new LabelNoise(1, 3).apply(samples).labels();
        long[] moves = new long[10];
        for (int i = 0; i < noisy.length; i++) {
            moves[(noisy[i] - samples.labels()[i] + 10) % 10]++;
        }
        assertThat(moves[0]).isZero();
        // 10,000 expected of each, deviation 94
        for (int k = 1; k < 10; k++) {
            assertThat(moves[k]).isBetween(9_500L, 10_500L);
        }
    }

    @Test
    void shouldRefuseAShareThatIsNone() {
        assertThatThrownBy(() -> new LabelNoise(1.5, 1)).isInstanceOf(UserException.class);
        assertThatThrownBy(() -> new LabelNoise(Double.NaN, 1)).isInstanceOf(UserException.class);
    }

    @Test
    void shouldChangeTheTrainingSetOnlyAndInTheOrderGiven() {
        DataSource plain = new Strokes(200, 50, 1);
        Dataset dataset = plain.transformed(Transformation.inOrder(List.of(
                        new ClassSubset(10, 1),
                        new Imbalance(5, new ImbalanceProfile.HalfStep(), 1),
                        new LabelNoise(0.5, 1))))
                .load();
        assertThat(dataset.train().size()).isEqualTo(5 * 10 + 5 * 2);
        assertThat(dataset.test().features()).isEqualTo(plain.load().test().features());
        assertThat(dataset.test().labels()).isEqualTo(plain.load().test().labels());
    }

    private static void assertKeepsLabelsBesideFeatures(Samples samples) {
        for (int i = 0; i < samples.size(); i++) {
            assertThat(samples.labels()[i]).isEqualTo((int) samples.features()[i] % 10);
        }
    }

    private static Samples samples(int count, int classes) {
        float[] features = new float[count];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            features[i] = i;
            labels[i] = i % classes;
        }
        return new Samples(features, labels, 1, classes);
    }
}
