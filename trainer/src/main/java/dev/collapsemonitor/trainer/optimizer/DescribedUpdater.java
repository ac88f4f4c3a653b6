package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.Optimizer;

/** An update rule that says in the contract's terms what it is, so that nobody has to declare it by hand. */
public interface DescribedUpdater {
    /** What the run's descriptor says about the rule: kind, momentum, β₂, ε. */
    Optimizer describe();
}
