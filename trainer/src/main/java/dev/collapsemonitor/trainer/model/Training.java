package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.optimizer.Decay;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * How a network is trained, as far as the network has to know.
 *
 * @param decay of all weights
 * @param seed of the initial weights
 */
public record Training(TrainingLoss loss, IUpdater updater, Decay decay, long seed) {}
