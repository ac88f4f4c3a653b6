package dev.collapsemonitor.standalone;

import dev.collapsemonitor.monitor.phase.PhaseSettings;
import java.util.Map;
import picocli.CommandLine.Option;

/** Options of what counts as collapsed. */
final class PhaseOptions {
    @Option(
            names = "--phase",
            split = ",",
            paramLabel = "KEY=VALUE",
            description = "What counts as collapsed, terminal, a trend: nc1=0.05, nc2=0.3, nc3=0.35, nc0-relative=0.01,"
                    + " nc0-norm=0.1, terminal-error=0.001, terminal-accuracy=0.999, hysteresis=3, window=5,"
                    + " window-span=0.1, trend=0.2, significance=3, reversal=1.25, divergence=10 (the defaults).")
    private Map<String, String> phase = Map.of();

    PhaseSettings settings() {
        return PhaseSettings.parse(phase);
    }
}
