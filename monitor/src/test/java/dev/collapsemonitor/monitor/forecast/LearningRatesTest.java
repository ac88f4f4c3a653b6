package dev.collapsemonitor.monitor.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LearningRatesTest {
    @Test
    void everyStepOfAShortScheduleIsExact() {
        RunDescriptor.Builder stepped = Declarations.inThirds(declared(300));
        RunDescriptor.Builder warm = Declarations.inThirds(declared(300));
        warm.getScheduleBuilder().setWarmupSteps(150); // a milestone within it
        RunDescriptor.Builder cosine = declared(300);
        cosine.getScheduleBuilder().setKind(ScheduleKind.COSINE).setFactor(0.01).setWarmupSteps(20);
        for (RunDescriptor.Builder builder : new RunDescriptor.Builder[] {declared(300), stepped, warm, cosine}) {
            RunDescriptor descriptor = builder.build();
            double[] expected = Declarations.rates(descriptor);
            LearningRates rates = LearningRates.of(descriptor).orElseThrow();
            double clock = 0;
            for (int t = 0; t < expected.length; t++) {
                assertThat(rates.at(t)).as("rate of step " + t).isCloseTo(expected[t], within(1e-12));
                assertThat(rates.clock(t)).as("clock of step " + t).isCloseTo(clock, within(1e-12));
                clock += expected[t];
            }
        }
    }

    @Test
    void aLongCosineIsCutIntoPiecesThatKeepItsClock() {
        RunDescriptor.Builder cosine = declared(100_000);
        cosine.getScheduleBuilder().setKind(ScheduleKind.COSINE).setWarmupSteps(10_000);
        double[] expected = Declarations.rates(cosine.build());
        LearningRates rates = LearningRates.of(cosine.build()).orElseThrow();
        double total = IntStream.range(0, expected.length)
                .mapToDouble(t -> expected[t])
                .sum();
        double clock = 0;
        for (int t = 0; t < expected.length; t++) {
            assertThat(rates.clock(t)).isCloseTo(clock, within(1e-5 * total));
            clock += expected[t];
        }
    }

    @Test
    void aHugeTrainingCostsNoMoreThanASmallOne() {
        RunDescriptor.Builder endless = Declarations.inThirds(declared(3_000_000_000_000_000L));
        LearningRates rates = LearningRates.of(endless.build()).orElseThrow();
        assertThat(rates.stretches()).isEqualTo(3);
        assertThat(rates.clock(2_000_000_000_000_000L)).isCloseTo(1.1e14, within(1e3));
        assertThat(rates.at(Long.MAX_VALUE)).isCloseTo(1e-3, within(1e-15));

        RunDescriptor.Builder cosine = declared(Long.MAX_VALUE);
        cosine.getScheduleBuilder().setKind(ScheduleKind.COSINE).setWarmupSteps(Long.MAX_VALUE / 2);
        assertThat(LearningRates.of(cosine.build()).orElseThrow().stretches())
                .isLessThanOrEqualTo(2 * LearningRates.MOST_PIECES + 1);
    }

    @Test
    void aScheduleThatSaysTooLittleIsNone() {
        RunDescriptor.Builder unspecified = declared(100);
        unspecified.getScheduleBuilder().setKind(ScheduleKind.SCHEDULE_UNSPECIFIED);
        RunDescriptor.Builder endless = Declarations.inThirds(declared(0));
        RunDescriptor.Builder noRate = declared(100);
        noRate.getScheduleBuilder().setBase(Double.NaN);
        assertThat(LearningRates.of(unspecified.build())).isEmpty();
        assertThat(LearningRates.of(endless.build())).isEmpty();
        assertThat(LearningRates.of(noRate.build())).isEmpty();
        assertThat(LearningRates.of(RunDescriptor.getDefaultInstance())).isEmpty();
    }

    private static RunDescriptor.Builder declared(long steps) {
        return Declarations.of(OptimizerKind.SGD, 0.1, 0.9, 5e-4, Coupling.COUPLED, steps);
    }
}
