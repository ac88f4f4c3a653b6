package dev.collapsemonitor.trainer.optimizer;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/**
 * Weight decay λ of the weights of one layer; biases are never decayed.
 *
 * <p>Coupled: λw is added to the gradient before the update rule. Decoupled: w ← w − ηλw beside the rule, with the
 * weights from before the step. A mix does both, with λ divided between them.
 *
 * @param lambda in all
 * @param coupledShare share of λ that is coupled, in [0, 1]
 */
public record Decay(double lambda, double coupledShare) {
    /** No decay. */
    public static final Decay NONE = new Decay(0, 1);

    public Decay {
        if (!(lambda >= 0) || !(coupledShare >= 0 && coupledShare <= 1)) {
            throw new IllegalArgumentException(
                    "decay " + lambda + " with a coupled share of " + coupledShare + " is no decay");
        }
    }

    /** Coupled decay, also known as L2 regularisation. */
    public static Decay coupled(double lambda) {
        return new Decay(lambda, 1);
    }

    /** Decoupled decay, as in AdamW. */
    public static Decay decoupled(double lambda) {
        return new Decay(lambda, 0);
    }

    /**
     * What to set on a layer. Set it per layer and never globally: a global {@code weightDecay} of DL4J 1.0.0-M2.1 is
     * applied twice.
     */
    public List<Regularization> toRegularization() {
        List<Regularization> parts = new ArrayList<>();
        if (lambda * coupledShare > 0) {
            parts.add(new L2Regularization(lambda * coupledShare));
        }
        if (lambda * (1 - coupledShare) > 0) {
            parts.add(new WeightDecay(lambda * (1 - coupledShare), true));
        }
        return List.copyOf(parts);
    }
}
