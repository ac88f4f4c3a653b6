package dev.collapsemonitor.monitor.layer;

/**
 * SNR singular values of the first snapshot of an attempt.
 *
 * @param attempt of the run
 * @param step of the snapshot
 * @param values ω_j, largest first
 */
record FirstOmegas(int attempt, long step, double[] values) {}
