package dev.collapsemonitor.monitor.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SlowForecastTest {

    @Test
    void bufferRulesAtConstantRateFollowTheTwoTermRecurrences() {
        double[] rates = new double[500];
        Arrays.fill(rates, 0.05);
        assertThat(SlowForecast.heavyBall(rates, 0.01, 0.9))
                .containsExactly(SlowForecast.heavyBallConstant(0.05, 0.01, 0.9, 500), within(1e-12));
        assertThat(SlowForecast.nesterov(rates, 0.01, 0.9))
                .containsExactly(SlowForecast.nesterovConstant(0.05, 0.01, 0.9, 500), within(1e-12));
    }

    @Test
    void withoutMomentumCoupledAndDecoupledDecayAreTheSame() {
        double[] rates = {0.1, 0.05, 0.02};
        double[] expected = {1, 0.99, 0.99 * 0.995, 0.99 * 0.995 * 0.998};
        assertThat(SlowForecast.decoupled(rates, 0.1)).containsExactly(expected, within(1e-15));
        assertThat(SlowForecast.heavyBall(rates, 0.1, 0)).containsExactly(expected, within(1e-15));
        assertThat(SlowForecast.nesterov(rates, 0.1, 0)).containsExactly(expected, within(1e-15));
    }

    @Test
    void momentumEndsNearTheExponentialOfTheBudget() {
        double[] rates = new double[4000];
        Arrays.fill(rates, 0.05);
        double budget = SlowForecast.coupledBudget(rates, 5e-4, 0.9);
        assertThat(budget).isCloseTo(1, within(1e-12));
        assertThat(SlowForecast.heavyBall(rates, 5e-4, 0.9)[4000]).isCloseTo(Math.exp(-budget), withinPercentage(1));
        assertThat(SlowForecast.nesterov(rates, 5e-4, 0.9)[4000]).isCloseTo(Math.exp(-budget), withinPercentage(1));
    }

    /** SGDW, ResNet9/FashionMNIST, η .0679, λ 5e-4, 200 epochs of 469 steps, η/10 at 1/3 and 2/3: factor 0.311. */
    @Test
    void publishedRunIsForecast() {
        double[] rates = new double[200 * 469];
        for (int step = 0; step < rates.length; step++) {
            int epoch = step / 469;
            rates[step] = 0.0679 * (epoch < 66 ? 1 : epoch < 133 ? 0.1 : 0.01);
        }
        double[] g = SlowForecast.decoupled(rates, 5e-4);
        assertThat(g[rates.length]).isCloseTo(0.311, within(5e-4));
        assertThat(g[rates.length])
                .isCloseTo(Math.exp(-SlowForecast.decoupledBudget(rates, 5e-4)), withinPercentage(0.1));
    }
}
