package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.OptimizerKind;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * SGD with heavy-ball momentum: q ← βq + g; w ← w − ηq, with q = 0 at first; plain SGD when β = 0.
 *
 * <p>As PyTorch has it. DL4J's {@code Nesterovs} is another rule: true Nesterov. With L2 regularisation of the layer,
 * which DL4J adds to the gradient before the updater, g is g + λw: coupled decay.
 */
public final class HeavyBall extends MomentumRule {
    private static final long serialVersionUID = 1;

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
        super(learningRate, schedule, momentum);
    }

    @Override
    OptimizerKind kind() {
        return OptimizerKind.SGD;
    }

    @Override
    void step(INDArray gradient, INDArray buffer, double rate) {
        buffer.muli(momentum()).addi(gradient);
        gradient.assign(buffer).muli(rate);
    }

    @Override
    HeavyBall with(double learningRate, ISchedule schedule) {
        return new HeavyBall(learningRate, schedule, momentum());
    }
}
