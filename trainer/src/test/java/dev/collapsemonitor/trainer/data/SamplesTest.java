package dev.collapsemonitor.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SamplesTest {
    private final Samples samples =
            new Samples(new float[] {0, 1, 2, 3, 4, 5, 6, 7}, new int[] {0, 0, 0, 0, 0, 1, 1, 2}, 1, 3);

    @Test
    void shouldBalanceClassesAsFarAsTheyReach() {
        assertThat(samples.balancedSubset(6, 1).classCounts()).containsExactly(3, 2, 1);
        assertThat(samples.balancedSubset(3, 1).classCounts()).containsExactly(1, 1, 1);
    }

    @Test
    void shouldKeepLabelsBesideTheirSamples() {
        Samples subset = samples.balancedSubset(6, 1);
        for (int i = 0; i < subset.size(); i++) {
            assertThat(subset.labels()[i]).isEqualTo(samples.labels()[(int) subset.features()[i]]);
        }
    }

    @Test
    void shouldKeepEverythingWhenTheLimitIsLarge() {
        assertThat(samples.balancedSubset(8, 1)).isSameAs(samples);
    }

    @Test
    void shouldChooseTheSameSubsetForTheSameSeed() {
        assertThat(samples.balancedSubset(4, 9).features())
                .isEqualTo(samples.balancedSubset(4, 9).features());
    }
}
