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

/**
 * An update rule with one momentum buffer, whose learning rate stays outside the buffer: a rate that changes acts at
 * once on everything gathered so far.
 */
@JsonAutoDetect(
        fieldVisibility = JsonAutoDetect.Visibility.ANY,
        getterVisibility = JsonAutoDetect.Visibility.NONE,
        isGetterVisibility = JsonAutoDetect.Visibility.NONE)
public abstract sealed class MomentumRule implements IUpdater, DescribedUpdater permits HeavyBall, Signum {
    private static final long serialVersionUID = 1;

    private double learningRate;
    private ISchedule schedule;
    private final double momentum;

    /** A rule of constant rate when {@code schedule} is null, which is how DL4J says it. */
    MomentumRule(double learningRate, ISchedule schedule, double momentum) {
        this.learningRate = learningRate;
        this.schedule = schedule;
        this.momentum = momentum;
    }

    /** β. */
    public final double momentum() {
        return momentum;
    }

    /** The schedule of the rate, or null when the rate is constant. */
    public final ISchedule schedule() {
        return schedule;
    }

    /** What the contract calls this rule. */
    abstract OptimizerKind kind();

    /** Gathers the gradient in the buffer and turns the gradient into what the weights lose at this rate. */
    abstract void step(INDArray gradient, INDArray buffer, double rate);

    /** The same rule with another rate. */
    abstract MomentumRule with(double learningRate, ISchedule schedule);

    @Override
    public final Optimizer describe() {
        return Optimizer.newBuilder()
                .setKind(kind())
                .setMomentum(momentum)
                .setName(getClass().getSimpleName())
                .build();
    }

    @Override
    public final long stateSize(long parameters) {
        return parameters;
    }

    @Override
    public final GradientUpdater<?> instantiate(INDArray stateView, boolean initialise) {
        MomentumUpdater updater = new MomentumUpdater(this);
        updater.setStateViewArray(stateView, stateView.shape(), stateView.ordering(), initialise);
        return updater;
    }

    @Override
    public final GradientUpdater<?> instantiate(Map<String, INDArray> state, boolean initialise) {
        MomentumUpdater updater = new MomentumUpdater(this);
        updater.setState(state, initialise);
        return updater;
    }

    @Override
    @SuppressWarnings("MethodDoesntCallSuperMethod") // the interface asks for clone(); the fields are all it has
    public final IUpdater clone() {
        return with(learningRate, schedule == null ? null : schedule.clone());
    }

    @Override
    public final double getLearningRate(int iteration, int epoch) {
        return schedule == null ? learningRate : schedule.valueAt(iteration, epoch);
    }

    @Override
    public final boolean hasLearningRate() {
        return true;
    }

    @Override
    public final void setLrAndSchedule(double learningRate, ISchedule schedule) {
        this.learningRate = learningRate;
        this.schedule = schedule;
    }

    @Override
    public final boolean equals(Object other) {
        return other instanceof MomentumRule that
                && getClass() == that.getClass()
                && Double.compare(learningRate, that.learningRate) == 0
                && Double.compare(momentum, that.momentum) == 0
                && Objects.equals(schedule, that.schedule);
    }

    @Override
    public final int hashCode() {
        return Objects.hash(getClass(), learningRate, momentum, schedule);
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + "(momentum=" + momentum + ")";
    }
}
