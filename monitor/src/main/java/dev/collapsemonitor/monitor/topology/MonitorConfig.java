package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.exposition.HttpSecurity;
import dev.collapsemonitor.monitor.exposition.RunCollector;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.layer.StateBudget;
import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.monitor.run.RunLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/**
 * Settings of one monitor instance.
 *
 * @param bootstrap Kafka's bootstrap servers
 * @param applicationId instances of one id share the work
 * @param stateDir where Kafka Streams keeps its state; one per instance
 * @param httpHost host to listen on; loopback unless told otherwise
 * @param httpPort port to listen on; 0 for a free one
 * @param advertisedUrl where other instances reach this one's HTTP; empty for the host and port listened on
 * @param threads stream threads
 * @param rolling how rolling statistics forget and how often they are emitted
 * @param state how layer state is kept
 * @param limits what records may declare and how much is kept of runs
 * @param phases what counts as collapsed, terminal, a trend
 * @param kafkaSettings further Kafka settings, such as security, which override the monitor's own
 * @param httpSecurity how HTTP is guarded
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
        StateSettings state,
        Limits limits,
        PhaseSettings phases,
        Map<String, String> kafkaSettings,
        HttpSecurity httpSecurity) {
    public static final String DEFAULT_APPLICATION_ID = "collapse-monitor";

    /** With the usual phases, and plain and open HTTP. */
    public MonitorConfig(
            String bootstrap,
            String applicationId,
            Path stateDir,
            String httpHost,
            int httpPort,
            String advertisedUrl,
            int threads,
            RollingSettings rolling,
            StateSettings state,
            Limits limits,
            Map<String, String> kafkaSettings) {
        this(
                bootstrap,
                applicationId,
                stateDir,
                httpHost,
                httpPort,
                advertisedUrl,
                threads,
                rolling,
                state,
                limits,
                PhaseSettings.DEFAULT,
                kafkaSettings,
                HttpSecurity.NONE);
    }

    /**
     * How layer state is kept.
     *
     * @param maxBytes memory that it may take
     * @param guarantee how Kafka Streams processes
     * @param standbyReplicas copies of the state on other instances, ready to take over
     * @param grace how long an incomplete snapshot waits for its next part, while the monitor is caught up
     */
    public record StateSettings(long maxBytes, Guarantee guarantee, int standbyReplicas, Duration grace) {
        public static final Duration DEFAULT_GRACE = Duration.ofSeconds(60);

        public static final StateSettings DEFAULT =
                new StateSettings(StateBudget.DEFAULT_BYTES, Guarantee.AT_LEAST_ONCE, 0);

        /** With the default grace. */
        public StateSettings(long maxBytes, Guarantee guarantee, int standbyReplicas) {
            this(maxBytes, guarantee, standbyReplicas, DEFAULT_GRACE);
        }
    }

    /**
     * What records may declare and how much is kept of runs.
     *
     * @param records what a record may declare
     * @param runs what is kept of runs
     * @param keptAfterEnd how long the series of an ended run stay, so that alerts and dashboards see the end
     */
    public record Limits(IngestLimits records, RunLimits runs, Duration keptAfterEnd) {
        public static final Limits DEFAULT =
                new Limits(IngestLimits.DEFAULT, RunLimits.DEFAULT, RunCollector.KEPT_AFTER_END);
    }

    /** How Kafka Streams processes; results are exact once with both, because merging is idempotent. */
    public enum Guarantee {
        /** The default: no transactions; a result may be published twice. */
        AT_LEAST_ONCE,
        /** Transactions: for consumers of the result topics that read committed records and want each once. */
        EXACTLY_ONCE_V2;

        /** Kafka's name of it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
