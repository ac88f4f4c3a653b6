package dev.collapsemonitor.monitor.page;

import dev.collapsemonitor.monitor.exposition.HttpSecurity;
import dev.collapsemonitor.monitor.exposition.HttpServer;
import dev.collapsemonitor.monitor.exposition.Peers;
import dev.collapsemonitor.monitor.exposition.Readiness;
import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.monitor.run.RecordedRun;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.v1.Alert;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;

/** The monitor's HTTP server in front of runs that no stream has brought. */
final class ServedRuns implements AutoCloseable {
    private final RunDirectory runs = new RunDirectory();
    private final HttpServer server = new HttpServer(
            "127.0.0.1",
            0,
            HttpSecurity.NONE,
            runs,
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
            () -> new Readiness(true, true, "running"),
            () -> Peers.NONE);

    String url() {
        return "http://127.0.0.1:" + server.port() + "/";
    }

    /** A real training, under another name, as if it had just ended. */
    Run addRecorded(String recording, String name, String experiment) {
        RecordedRun recorded = RecordedRun.read(recording);
        Run run = runs.open(name);
        recorded.descriptors()
                .forEach(descriptor -> run.update(
                        descriptor.toBuilder()
                                .setRun(name)
                                .setExperiment(experiment)
                                .build(),
                        now()));
        for (Progress progress : recorded.progress()) {
            run.update(progress.toBuilder().setRun(name).build(), now());
        }
        for (LayerResult result : recorded.results()) {
            run.update(result.toBuilder().setRun(name).build(), now());
        }
        run.conclude(PhaseSettings.DEFAULT);
        return run;
    }

    /** A made-up run of one snapshot every ten steps. */
    Run addMadeUp(String name, int snapshots) {
        Run run = runs.open(name);
        run.update(
                Records.descriptor(1)
                        .setRun(name)
                        .setTotalSteps(1_000)
                        .putHyperparameters("seed", String.valueOf(name.length()))
                        .build(),
                now());
        for (int i = 0; i < snapshots; i++) {
            grow(name, 10L * i);
        }
        return run;
    }

    /** One more snapshot, with its loss. */
    void grow(String name, long step) {
        Run run = runs.open(name);
        run.update(
                Records.heartbeat(1, step, Math.exp(-step / 200.0)).setRun(name).build(), now());
        run.update(
                Records.result(1, step, 2 * Math.exp(-step / 100.0))
                        .setRun(name)
                        .putMetrics("nc0_relative", 0.1 * Math.exp(-step / 300.0))
                        .putMetrics("nc3", 1.4 * Math.exp(-step / 400.0))
                        .putUndefined("nc2_etf_means", "d < K - 1: there is no simplex ETF")
                        .build(),
                now());
        run.conclude(PhaseSettings.DEFAULT);
    }

    /** A change of phase. */
    void event(Run run, long step, String from, String to, String reason) {
        run.add(Alert.newBuilder()
                .setRun(run.name())
                .setAttempt(1)
                .setSequence(run.nextEventSequence())
                .setSubject("phase")
                .setFrom(from)
                .setTo(to)
                .setStep(step)
                .setReason(reason)
                .setTimeMs(now())
                .putMetrics("nc1", 0.04)
                .build());
    }

    private static long now() {
        return Clock.systemUTC().millis();
    }

    @Override
    public void close() {
        server.close();
    }
}
