package dev.collapsemonitor.monitor.topology;

import java.nio.file.Path;
import java.util.Map;

/** Temporary: the shape that standalone compiles against until the monitor is merged. */
public record MonitorConfig(
        String bootstrap,
        String applicationId,
        Path stateDir,
        String httpHost,
        int httpPort,
        String advertisedUrl,
        int threads,
        Map<String, String> kafkaSettings) {}
