package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.layer.RollingSettings;
import java.nio.file.Path;
import java.util.Map;

/**
 * Settings of one monitor instance.
 *
 * @param bootstrap Kafka's bootstrap servers
 * @param applicationId instances of one id share the work
 * @param stateDir where Kafka Streams keeps its state; one per instance
 * @param httpHost host to listen on; loopback unless told otherwise
 * @param httpPort port to listen on; 0 for a free one
 * @param advertisedUrl where other instances reach this one's HTTP; empty for none
 * @param threads stream threads
 * @param rolling how rolling statistics forget and how often they are emitted
 * @param kafkaSettings further Kafka settings, such as security, which override the monitor's own
 */
public record MonitorConfig(
        String bootstrap,
        String applicationId,
        Path stateDir,
        String httpHost,
        int httpPort,
        String advertisedUrl,
        int threads,
        RollingSettings rolling,
        Map<String, String> kafkaSettings) {
    public static final String DEFAULT_APPLICATION_ID = "collapse-monitor";
}
