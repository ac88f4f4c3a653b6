package dev.collapsemonitor.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PercentilesTest {
    @Test
    void aPercentileIsTheNearestRankFromAbove() {
        Percentiles hundred = new Percentiles(
                IntStream.rangeClosed(1, 100).map(i -> 101 - i).asDoubleStream().toArray());
        assertThat(hundred.at(0.5)).isEqualTo(50);
        assertThat(hundred.at(0.99)).isEqualTo(99);
        assertThat(hundred.at(0.991)).isEqualTo(100);
        assertThat(hundred.at(1)).isEqualTo(100);
        assertThat(hundred.at(0)).isEqualTo(1);
    }

    @Test
    void ofFewValuesTheLastPercentIsTheLargest() {
        assertThat(new Percentiles(new double[] {3, 1, 2}).at(0.99)).isEqualTo(3);
        assertThat(new Percentiles(new double[] {7}).at(0.5)).isEqualTo(7);
        assertThat(new Percentiles(new double[0]).at(0.5)).isNaN();
    }
}
