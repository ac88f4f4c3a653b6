package dev.collapsemonitor.monitor.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SlowElasticityTest {

    /** The batch moves by 5 and 10, mean 7.5; probes of its class by 7.5 and 15, the other by 0.75. */
    @Test
    void movesOfProbesRelativeToTheBatchByHand() {
        SlowElasticity e = SlowElasticity.of(
                1,
                new double[][] {{0, 0}, {1, 1}},
                new double[][] {{3, 4}, {7, 9}},
                new int[] {1, 0, 1},
                new double[][] {{0, 0}, {2, 0}, {0, 0}},
                new double[][] {{7.5, 0}, {2, 0.75}, {9, 12}});
        assertThat(e.within()).isEqualTo(1.5);
        assertThat(e.between()).isEqualTo(0.1);
    }

    @Test
    void batchThatDoesNotMoveDefinesNothing() {
        double[][] z = {{1, 2}};
        SlowElasticity e = SlowElasticity.of(0, z, z, new int[] {0}, z, z);
        assertThat(e.within()).isNaN();
    }
}
