package dev.collapsemonitor.trainer.publish;

/**
 * When in a run something was taken.
 *
 * @param attempt from 1
 * @param epoch epochs completed, fractional inside an epoch
 * @param step optimizer updates made
 */
public record Moment(int attempt, double epoch, long step) {}
