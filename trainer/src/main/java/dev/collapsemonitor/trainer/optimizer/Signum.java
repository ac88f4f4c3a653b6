package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.OptimizerKind;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Signum (arXiv 1802.04434): q ← βq + (1−β)g; w ← w − η sign(q), with q = 0 at first and sign(0) = 0; SignGD when
 * β = 0.
 *
 * <p>The limit of Adam (coupled decay: g contains λw, so decay is within the sign) and of AdamW (decoupled decay:
 * beside it), for which NC0 can be reasoned about in closed form (arXiv 2602.16642).
 */
public final class Signum extends MomentumRule {
    private static final long serialVersionUID = 1;

    /** A rule of constant rate. */
    public Signum(double learningRate, double momentum) {
        this(learningRate, null, momentum);
    }

    /** A rule whose rate follows a schedule. */
    public Signum(ISchedule schedule, double momentum) {
        this(Double.NaN, schedule, momentum);
    }

    @JsonCreator
    Signum(
            @JsonProperty("learningRate") double learningRate,
            @JsonProperty("schedule") ISchedule schedule,
            @JsonProperty("momentum") double momentum) {
        super(learningRate, schedule, momentum);
    }

    @Override
    OptimizerKind kind() {
        return OptimizerKind.SIGN_SGD;
    }

    @Override
    void step(INDArray gradient, INDArray buffer, double rate) {
        buffer.muli(momentum()).addi(gradient.muli(1 - momentum()));
        Transforms.sign(gradient.assign(buffer), false).muli(rate);
    }

    @Override
    Signum with(double learningRate, ISchedule schedule) {
        return new Signum(learningRate, schedule, momentum());
    }
}
