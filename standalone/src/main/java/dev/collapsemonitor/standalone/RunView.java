package dev.collapsemonitor.standalone;

/**
 * A run as the monitor's API shows it.
 *
 * @param loss NaN when not reported; so is the accuracy
 * @param classifier name of the classifier's layer, empty before its first snapshot
 * @param classifierStep step of its newest result, -1 before
 */
record RunView(
        String run,
        String status,
        long step,
        double epoch,
        double loss,
        double accuracy,
        String classifier,
        long classifierStep) {}
