package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * SGD with heavy-ball momentum: q ← βq + g; w ← w − ηq, with q = 0 at first.
 *
 * <p>The rate stays outside the buffer, so a rate that changes acts at once on everything gathered so far (as in
 * PyTorch). DL4J's {@code Nesterovs} is another rule: true Nesterov. With L2 regularisation of the layer, which DL4J
 * adds to the gradient before the updater, g is g + λw: coupled decay.
 */
@JsonAutoDetect(
        fieldVisibility = JsonAutoDetect.Visibility.ANY,
        getterVisibility = JsonAutoDetect.Visibility.NONE,
        isGetterVisibility = JsonAutoDetect.Visibility.NONE)
public final class HeavyBall implements IUpdater, DescribedUpdater {
    private static final long serialVersionUID = 1;

    private double learningRate;
    private ISchedule schedule;
    private final double momentum;

    /** A rule of constant rate. */
    public HeavyBall(double learningRate, double momentum) {
        this(learningRate, null, momentum);
    }

    /** A rule whose rate follows a schedule. */
    public HeavyBall(ISchedule schedule, double momentum) {
        this(Double.NaN, schedule, momentum);
    }

    @JsonCreator
    HeavyBall(
            @JsonProperty("learningRate") double learningRate,
            @JsonProperty("schedule") ISchedule schedule,
            @JsonProperty("momentum") double momentum) {
        this.learningRate = learningRate;
        this.schedule = schedule;
        this.momentum = momentum;
    }

    /** β. */
    public double momentum() {
        return momentum;
    }

    /** The schedule of the rate, or null when the rate is constant. */
    public ISchedule schedule() {
        return schedule;
    }

    @Override
    public Optimizer describe() {
        return Optimizer.newBuilder()
                .setKind(OptimizerKind.SGD)
                .setMomentum(momentum)
                .setName(getClass().getSimpleName())
                .build();
    }

    @Override
    public long stateSize(long parameters) {
        return parameters;
    }

    @Override
    public GradientUpdater<?> instantiate(INDArray stateView, boolean initialise) {
        HeavyBallUpdater updater = new HeavyBallUpdater(this);
        updater.setStateViewArray(stateView, stateView.shape(), stateView.ordering(), initialise);
        return updater;
    }

    @Override
    public GradientUpdater<?> instantiate(Map<String, INDArray> state, boolean initialise) {
        HeavyBallUpdater updater = new HeavyBallUpdater(this);
        updater.setState(state, initialise);
        return updater;
    }

    @Override
    @SuppressWarnings("MethodDoesntCallSuperMethod") // the interface asks for clone(); the fields are all it has
    public IUpdater clone() {
        return new HeavyBall(learningRate, schedule == null ? null : schedule.clone(), momentum);
    }

    @Override
    public double getLearningRate(int iteration, int epoch) {
        return schedule == null ? learningRate : schedule.valueAt(iteration, epoch);
    }

    @Override
    public boolean hasLearningRate() {
        return true;
    }

    @Override
    public void setLrAndSchedule(double learningRate, ISchedule schedule) {
        this.learningRate = learningRate;
        this.schedule = schedule;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HeavyBall that
                && Double.compare(learningRate, that.learningRate) == 0
                && Double.compare(momentum, that.momentum) == 0
                && Objects.equals(schedule, that.schedule);
    }

    @Override
    public int hashCode() {
        return Objects.hash(learningRate, momentum, schedule);
    }

    @Override
    public String toString() {
        return "HeavyBall(momentum=" + momentum + ")";
    }
}
