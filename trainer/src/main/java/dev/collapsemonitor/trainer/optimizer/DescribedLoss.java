package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.Loss;

/** A loss function that says in the contract's terms what it is, such as cross-entropy with smoothed labels. */
public interface DescribedLoss {
    /** What the run's descriptor says about the loss: kind, scale against the definition, label smoothing. */
    Loss describe();
}
