package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.Optimizer;

/** An update rule that can say what it is, so that the monitor can forecast it. */
public interface DescribedUpdater {
    /** The rule in the words of the contract. */
    Optimizer describe();
}
