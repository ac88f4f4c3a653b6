package dev.collapsemonitor.trainer.optimizer;

import java.util.List;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/**
 * Weight decay λ of the weights of one layer; biases are never decayed.
 *
 * <p>Coupled: λw is added to the gradient before the update rule. Decoupled: w ← w − ηλw beside the rule, with the
 * weights from before the step.
 */
public record Decay(double lambda, boolean coupled) {
    /** No decay. */
    public static final Decay NONE = new Decay(0, true);

    /** Coupled decay, also known as L2 regularisation. */
    public static Decay coupled(double lambda) {
        return new Decay(lambda, true);
    }

    /** Decoupled decay, as in AdamW. */
    public static Decay decoupled(double lambda) {
        return new Decay(lambda, false);
    }

    /**
     * What to set on a layer. Set it per layer and never globally: a global {@code weightDecay} of DL4J 1.0.0-M2.1 is
     * applied twice.
     */
    public List<Regularization> toRegularization() {
        if (lambda == 0) {
            return List.of();
        }
        return List.of(coupled ? new L2Regularization(lambda) : new WeightDecay(lambda, true));
    }
}
