package dev.collapsemonitor.monitor.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.collapsemonitor.monitor.forecast.RowSumForecast.ClosedForm;
import dev.collapsemonitor.monitor.forecast.RowSumForecast.Direction;
import dev.collapsemonitor.monitor.forecast.RowSumForecast.Trend;
import dev.collapsemonitor.monitor.forecast.RowSumForecast.Unknown;
import dev.collapsemonitor.monitor.oracle.SlowForecast;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowSumForecastTest {
    private static final double RATE = 0.05;
    private static final double LAMBDA = 5e-3;
    private static final int STEPS = 3000;

    @ParameterizedTest
    @CsvSource({"SGD, 0", "SGD, 0.9", "NESTEROV, 0.9"})
    void theCurveIsThatOfTheOracleAtEveryStepOfASchedule(OptimizerKind kind, double momentum) {
        for (Coupling coupling : new Coupling[] {Coupling.COUPLED, Coupling.DECOUPLED}) {
            RunDescriptor.Builder cosine = declared(kind, momentum, coupling);
            cosine.getScheduleBuilder().setKind(ScheduleKind.COSINE).setWarmupSteps(300);
            compare(Declarations.inThirds(declared(kind, momentum, coupling)).build(), 1e-10);
            compare(cosine.build(), 1e-4); // cut into pieces
        }
    }

    private static void compare(RunDescriptor descriptor, double tolerance) {
        ClosedForm forecast = closedForm(descriptor);
        double[] factors = oracle(descriptor);
        double[] rates = Declarations.rates(descriptor);
        double momentum = descriptor.getOptimizer().getMomentum();
        for (int t = 0; t <= STEPS; t += 50) {
            assertThat(forecast.normRatio(0, t))
                    .as("step " + t)
                    .isCloseTo(Math.abs(factors[t]), withinPercentage(100 * tolerance));
            assertThat(forecast.nc0(0, 0.3, t))
                    .isCloseTo(0.3 * factors[t] * factors[t], withinPercentage(300 * tolerance));
            assertThat(forecast.normRatio(1000, Math.max(1000, t)))
                    .isCloseTo(Math.abs(factors[Math.max(1000, t)] / factors[1000]), withinPercentage(200 * tolerance));
        }
        double budget = descriptor.getWeightDecay().getCoupling() == Coupling.COUPLED
                ? SlowForecast.coupledBudget(rates, LAMBDA, momentum)
                : SlowForecast.decoupledBudget(rates, LAMBDA);
        assertThat(forecast.decayBudget()).isCloseTo(budget, withinPercentage(1e-3));
        assertThat(DecayBudget.of(descriptor).orElseThrow().at(STEPS)).isCloseTo(budget, withinPercentage(1e-3));
    }

    private static double[] oracle(RunDescriptor descriptor) {
        double[] rates = Declarations.rates(descriptor);
        double momentum = descriptor.getOptimizer().getMomentum();
        if (descriptor.getWeightDecay().getCoupling() == Coupling.DECOUPLED) {
            return SlowForecast.decoupled(rates, LAMBDA);
        }
        return descriptor.getOptimizer().getKind() == OptimizerKind.NESTEROV
                ? SlowForecast.nesterov(rates, LAMBDA, momentum)
                : SlowForecast.heavyBall(rates, LAMBDA, momentum);
    }

    /** Softmax regression on noise, updated by the rule as the trainer defines it, in float64. */
    @ParameterizedTest
    @CsvSource({
        "SGD, 0.9, COUPLED, 1",
        "SGD, 0.9, DECOUPLED, 0",
        "SGD, 0.9, MIXED, 0.3",
        "NESTEROV, 0.9, COUPLED, 1",
        "NESTEROV, 0.9, MIXED, 0.6"
    })
    void theCurveIsWhatSimulatedUpdatesDo(OptimizerKind kind, double momentum, Coupling coupling, double coupledShare) {
        RunDescriptor.Builder declared = Declarations.inThirds(declared(kind, momentum, coupling));
        declared.getWeightDecayBuilder().setCoupledShare(coupledShare);
        ClosedForm forecast = closedForm(declared.build());
        double[] rates = Declarations.rates(declared.build());
        Random random = new Random(7);
        double[][] weights = gaussian(random, 5, 4);
        double[][] buffer = new double[5][4];
        double first = rowSum(weights);
        for (int t = 0; t < 1500; t++) {
            double[][] gradient = softmaxGradient(weights, random);
            for (int k = 0; k < 5; k++) {
                for (int j = 0; j < 4; j++) {
                    double g = gradient[k][j] + LAMBDA * coupledShare * weights[k][j];
                    double beside = rates[t] * LAMBDA * (1 - coupledShare) * weights[k][j];
                    double before = buffer[k][j];
                    if (kind == OptimizerKind.NESTEROV) {
                        buffer[k][j] = momentum * before - rates[t] * g;
                        weights[k][j] += -momentum * before + (1 + momentum) * buffer[k][j] - beside;
                    } else {
                        buffer[k][j] = momentum * before + g;
                        weights[k][j] -= rates[t] * buffer[k][j] + beside;
                    }
                }
            }
            assertThat(rowSum(weights) / first)
                    .as("after step " + t)
                    .isCloseTo(forecast.normRatio(0, t + 1), withinPercentage(1e-6));
        }
    }

    /** SGDW, ResNet9/FashionMNIST, η .0679, λ 5e-4, 200 epochs of 469 steps, η/10 at epochs 66 and 133: −68.9 %. */
    @Test
    void thePublishedRunIsForecast() {
        RunDescriptor.Builder published =
                Declarations.of(OptimizerKind.SGD, 0.0679, 0.9, 5e-4, Coupling.DECOUPLED, 200 * 469);
        published
                .getScheduleBuilder()
                .setKind(ScheduleKind.STEP)
                .setFactor(0.1)
                .addMilestones(66 / 200.0)
                .addMilestones(133 / 200.0);
        ClosedForm forecast = closedForm(published.build());
        assertThat(forecast.normRatio(0, 200 * 469)).isCloseTo(0.311, within(5e-4));
        assertThat(forecast.sentence(0, 1.02))
                .isEqualTo("NC0 ends near 0.099, at 0.097 of its first value (decay budget 1.2)");
    }

    @Test
    void aSmallBudgetAnUndecayedLastLayerAndAHugeBudgetSaySo() {
        RunDescriptor.Builder small = Declarations.of(OptimizerKind.SGD, 0.01, 0.9, 5e-4, Coupling.COUPLED, 400);
        assertThat(closedForm(small.build()).decayBudget()).isCloseTo(0.02, within(1e-12));
        assertThat(closedForm(small.build()).sentence())
                .isEqualTo("the decay budget 0.020 is too small for NC0 to move: it ends at 96 % of its first value");

        RunDescriptor.Builder excluded = declared(OptimizerKind.SGD, 0.9, Coupling.COUPLED);
        excluded.getWeightDecayBuilder().setLastLayerExcluded(true);
        assertThat(closedForm(excluded.build()).normRatio(0, STEPS)).isEqualTo(1);
        assertThat(closedForm(excluded.build()).decayBudget()).isZero();
        assertThat(RowSumForecast.of(excluded.build()).sentence())
                .isEqualTo("NC0 keeps its first value: the last layer is not decayed");

        RunDescriptor.Builder huge = Declarations.of(OptimizerKind.SGD, 0.1, 0.9, 5e-3, Coupling.COUPLED, 4000);
        assertThat(RowSumForecast.of(huge.build()).sentence())
                .isEqualTo("NC0 ends at the round-off of float32, below 1e-08 of its first value (decay budget 20)");
    }

    @Test
    void adaptiveRulesHaveADirectionAndNoCurve() {
        assertThat(RowSumForecast.of(
                        declared(OptimizerKind.ADAM, 0.9, Coupling.DECOUPLED).build()))
                .isInstanceOfSatisfying(Direction.class, direction -> {
                    assertThat(direction.trend()).isEqualTo(Trend.GROWS);
                    assertThat(direction.sentence())
                            .startsWith("collapse is excluded: decoupled decay with an adaptive optimizer");
                });
        assertThat(RowSumForecast.of(
                        declared(OptimizerKind.SIGN_SGD, 0, Coupling.COUPLED).build()))
                .isInstanceOfSatisfying(
                        Direction.class,
                        direction -> assertThat(direction.trend()).isEqualTo(Trend.RISES_THEN_FALLS));
        assertUnknown(declared(OptimizerKind.ADAM, 0.9, Coupling.DECOUPLED).setClasses(2), "about 2 classes");
        assertUnknown(declared(OptimizerKind.ADAM, 0.9, Coupling.MIXED), "mixed decay");
    }

    @Test
    void whatIsNotDeclaredIsNotGuessed() {
        RunDescriptor.Builder mse = declared(OptimizerKind.SGD, 0.9, Coupling.COUPLED);
        mse.getLossBuilder().setKind(LossKind.MSE);
        assertUnknown(mse, "central_path_spread");
        assertUnknown(declared(OptimizerKind.SGD, 0.9, Coupling.COUPLED).clearLoss(), "the loss is not declared");
        assertUnknown(declared(OptimizerKind.SGD, 0.9, Coupling.COUPLED).clearSchedule(), "schedule is not declared");
        assertUnknown(declared(OptimizerKind.SGD, 0.9, Coupling.COUPLED).clearWeightDecay(), "decay is not declared");
        assertUnknown(declared(OptimizerKind.OPTIMIZER_UNSPECIFIED, 0, Coupling.COUPLED), "optimizer is not declared");
        assertUnknown(declared(OptimizerKind.SGD, 0, Coupling.COUPLING_UNSPECIFIED), "coupled or decoupled");
        assertUnknown(declared(OptimizerKind.SGD, 1.5, Coupling.COUPLED), "momentum is 1.5");
        assertThat(closedForm(declared(OptimizerKind.SGD, 0, Coupling.COUPLED)
                                .setTotalSteps(0)
                                .build())
                        .decayBudget())
                .isNaN();
    }

    @Test
    void aRateThatLetsTheRowSumExplodeIsNoCurve() {
        ClosedForm forecast = closedForm(Declarations.of(OptimizerKind.SGD, 100, 0, 1, Coupling.COUPLED, 1_000_000)
                .build());
        assertThat(forecast.normRatio(0, 1_000_000)).isNaN();
        assertThat(forecast.sentence()).contains("explode");
    }

    private static void assertUnknown(RunDescriptor.Builder descriptor, String reason) {
        assertThat(RowSumForecast.of(descriptor.build())).isInstanceOf(Unknown.class);
        assertThat(RowSumForecast.of(descriptor.build()).sentence())
                .startsWith("no forecast of NC0: ")
                .contains(reason);
    }

    private static ClosedForm closedForm(RunDescriptor descriptor) {
        return (ClosedForm) RowSumForecast.of(descriptor);
    }

    private static RunDescriptor.Builder declared(OptimizerKind kind, double momentum, Coupling coupling) {
        return Declarations.of(kind, RATE, momentum, LAMBDA, coupling, STEPS);
    }

    private static double[][] gaussian(Random random, int rows, int columns) {
        double[][] matrix = new double[rows][columns];
        for (double[] row : matrix) {
            for (int j = 0; j < columns; j++) {
                row[j] = random.nextGaussian();
            }
        }
        return matrix;
    }

    private static double[][] softmaxGradient(double[][] weights, Random random) {
        double[] features = gaussian(random, 1, weights[0].length)[0];
        int label = random.nextInt(weights.length);
        double[] probabilities = new double[weights.length];
        double sum = 0;
        for (int k = 0; k < weights.length; k++) {
            double logit = 0;
            for (int j = 0; j < features.length; j++) {
                logit += weights[k][j] * features[j];
            }
            probabilities[k] = Math.exp(logit);
            sum += probabilities[k];
        }
        double[][] gradient = new double[weights.length][features.length];
        for (int k = 0; k < weights.length; k++) {
            double residual = probabilities[k] / sum - (k == label ? 1 : 0);
            for (int j = 0; j < features.length; j++) {
                gradient[k][j] = residual * features[j];
            }
        }
        return gradient;
    }

    private static double rowSum(double[][] weights) {
        double squares = 0;
        for (int j = 0; j < weights[0].length; j++) {
            double sum = 0;
            for (double[] row : weights) {
                sum += row[j];
            }
            squares += sum * sum;
        }
        return Math.sqrt(squares);
    }
}
