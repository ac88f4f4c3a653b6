package dev.collapsemonitor.trainer.optimizer;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;

/** The state of a {@link MomentumRule}: its buffer, zero at first. Works in place on the gradient. */
final class MomentumUpdater implements GradientUpdater<MomentumRule> {
    private static final String BUFFER = "Q";

    private final MomentumRule rule;
    private INDArray buffer;

    MomentumUpdater(MomentumRule rule) {
        this.rule = rule;
    }

    @Override
    public MomentumRule getConfig() {
        return rule;
    }

    @Override
    public void setState(Map<String, INDArray> state, boolean initialise) {
        buffer = state.get(BUFFER);
        if (buffer == null || state.size() != 1) {
            throw new IllegalStateException(
                    "the state of " + rule + " needs one array named " + BUFFER + ", got " + state.keySet());
        }
    }

    @Override
    public Map<String, INDArray> getState() {
        return Map.of(BUFFER, buffer);
    }

    @Override
    public void setStateViewArray(INDArray view, long[] gradientShape, char gradientOrder, boolean initialise) {
        if (initialise) {
            view.assign(0);
        }
        buffer = view.reshape(gradientOrder, gradientShape);
    }

    @Override
    public void applyUpdater(INDArray gradient, int iteration, int epoch) {
        rule.step(gradient, buffer, rule.getLearningRate(iteration, epoch));
    }
}
