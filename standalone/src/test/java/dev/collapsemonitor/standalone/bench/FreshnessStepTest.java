package dev.collapsemonitor.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FreshnessStepTest {
    @Test
    void theShareOfWrongPredictionsNamesTheStep() {
        int rows = 16 * Features.ROWS;
        for (int step = 1; step <= Features.ROWS; step++) {
            assertThat(FreshnessSection.step(step / (double) rows)).isEqualTo(step);
        }
    }
}
