package dev.collapsemonitor.standalone;

import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.run.RunLimits;
import dev.collapsemonitor.monitor.topology.MonitorConfig;
import dev.collapsemonitor.protocol.UserException;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What a monitor takes at most: a trainer gone wild, or somebody who means it ill, must not take it down. */
final class LimitOptions {
    @Option(
            names = "--max-runs",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Runs that this monitor keeps; for more, those that ended longest ago are given up, and while"
                    + " all are alive new ones are rejected (default: ${DEFAULT-VALUE}).")
    private int maxRuns;

    @Option(
            names = "--max-history-bytes",
            paramLabel = "N",
            defaultValue = "1073741824",
            description = "Memory for results and progress of all runs; beyond, ended runs are given up and long"
                    + " histories get coarser (default: ${DEFAULT-VALUE}).")
    private long maxHistoryBytes;

    @Option(
            names = "--max-layers",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Layers of a run; further ones are rejected (default: ${DEFAULT-VALUE}).")
    private int maxLayers;

    @Option(
            names = "--max-classes",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Largest number of classes that a record may declare (default: ${DEFAULT-VALUE}).")
    private int maxClasses;

    @Option(
            names = "--max-dimension",
            paramLabel = "N",
            defaultValue = "65536",
            description = "Largest dimension of features and rows of weights (default: ${DEFAULT-VALUE}).")
    private int maxDimension;

    @Option(
            names = "--series-after-end",
            paramLabel = "SECONDS",
            defaultValue = "900",
            hidden = true,
            description = "How long the series of an ended run stay (default: ${DEFAULT-VALUE}).")
    private int seriesAfterEndSeconds;

    MonitorConfig.Limits limits() {
        require("--max-runs", maxRuns, 1);
        require("--max-history-bytes", maxHistoryBytes, 1 << 20);
        require("--max-layers", maxLayers, 1);
        require("--max-classes", maxClasses, 2);
        require("--max-dimension", maxDimension, 1);
        require("--series-after-end", seriesAfterEndSeconds, 0);
        return new MonitorConfig.Limits(
                new IngestLimits(
                        maxClasses,
                        maxDimension,
                        IngestLimits.DEFAULT.maxParts(),
                        IngestLimits.DEFAULT.maxWeightElements()),
                new RunLimits(maxRuns, maxLayers, maxHistoryBytes),
                Duration.ofSeconds(seriesAfterEndSeconds));
    }

    private static void require(String option, long value, long least) {
        if (value < least) {
            throw new UserException(option + " " + value + " is too few; at least " + least + " is needed");
        }
    }
}
