package dev.collapsemonitor.trainer.optimizer;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;

/** The state and the arithmetic of {@link HeavyBall}; works in place on the gradient. */
final class HeavyBallUpdater implements GradientUpdater<HeavyBall> {
    private static final String BUFFER = "Q";

    private final HeavyBall config;
    private INDArray buffer;

    HeavyBallUpdater(HeavyBall config) {
        this.config = config;
    }

    @Override
    public HeavyBall getConfig() {
        return config;
    }

    @Override
    public void setState(Map<String, INDArray> state, boolean initialise) {
        buffer = state.get(BUFFER);
        if (buffer == null || state.size() != 1) {
            throw new IllegalStateException(
                    "heavy-ball state needs one array named " + BUFFER + ", got " + state.keySet());
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
        buffer.muli(config.momentum()).addi(gradient);
        gradient.assign(buffer).muli(config.getLearningRate(iteration, epoch));
    }
}
