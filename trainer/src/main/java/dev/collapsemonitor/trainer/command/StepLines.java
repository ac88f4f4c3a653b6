package dev.collapsemonitor.trainer.command;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;

/** Says now and then how far a training is and how fast, between the lines of its snapshots. */
final class StepLines extends BaseTrainingListener {
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final int stepsPerEpoch;
    private final int epochs;
    private final Consumer<String> lines;
    private long lastTime = System.nanoTime();
    private long lastStep = -1; // none yet

    StepLines(int stepsPerEpoch, int epochs, Consumer<String> lines) {
        this.stepsPerEpoch = stepsPerEpoch;
        this.epochs = epochs;
        this.lines = lines;
    }

    /** Steps per second since the last time somebody asked; NaN before the first step. */
    double rate(long step) {
        long now = System.nanoTime();
        double rate = lastStep < 0 ? Double.NaN : (step - lastStep) * 1e9 / (now - lastTime);
        lastTime = now;
        lastStep = step;
        return rate;
    }

    @Override
    public void iterationDone(Model model, int iteration, int epoch) {
        if (lastStep >= 0 && System.nanoTime() - lastTime < INTERVAL.toNanos()) {
            return;
        }
        boolean first = lastStep < 0;
        double rate = rate(iteration);
        if (!first) {
            lines.accept(String.format(
                    Locale.ROOT,
                    "epoch %.1f of %d, step %d, loss of the batch with decay %.4g, %.0f steps/s",
                    (double) iteration / stepsPerEpoch,
                    epochs,
                    iteration,
                    model.score(),
                    rate));
        }
    }
}
