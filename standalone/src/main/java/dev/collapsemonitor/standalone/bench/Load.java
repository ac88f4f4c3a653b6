package dev.collapsemonitor.standalone.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What a process takes of the machine. */
final class Load {
    private Load() {}

    /** CPU time of a process so far, in seconds. */
    static double cpuSeconds(long pid) {
        return ProcessHandle.of(pid)
                        .flatMap(process -> process.info().totalCpuDuration())
                        .orElse(Duration.ZERO)
                        .toNanos()
                / 1e9;
    }

    /** Most memory that a process ever held, in bytes; NaN where the system does not say. */
    static double peakResidentBytes(long pid) throws IOException {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        return Files.exists(status) ? peakResidentBytes(Files.readString(status)) : Double.NaN;
    }

    /** The same, from the text that Linux gives. */
    static double peakResidentBytes(String status) {
        for (String line : status.split("\n", -1)) {
            if (line.startsWith("VmHWM:")) {
                return 1024.0 * Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return Double.NaN;
    }
}
