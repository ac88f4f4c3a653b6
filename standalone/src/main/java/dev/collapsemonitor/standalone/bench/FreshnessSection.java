package dev.collapsemonitor.standalone.bench;

import dev.collapsemonitor.protocol.v1.LayerResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Time from when the batch that completes a snapshot is handed to the producer until the snapshot's value is on /metrics, at
 * half of the load that publisher, broker and monitor carry together on this machine.
 *
 * <p>The share of wrong predictions tells the step that a value belongs to: only the closing batch has some, as many as
 * the step's number. What is seen is late by the time between two looks and by the scrape itself.
 */
final class FreshnessSection implements Section {
    private static final int RUNS = 8;
    private static final int PARTS = 16;
    private static final int WARM_UP_STEPS = 8;
    private static final int CAPACITY_STEPS = 12;
    private static final double SHARE_OF_CAPACITY = 0.5;
    private static final long SETTLING_SECONDS = 10; // what the pace begins with is no steady state
    private static final long PACED_SECONDS = 30;
    private static final long LOOK_NANOS = 25_000_000; // a look costs 9 ms of these cores
    private static final Duration POLL = Duration.ofMillis(20);
    private static final long PATIENCE_SECONDS = 60;
    private static final String SERIES = "collapse_error_rate{";

    @Override
    public void run(BenchEnvironment environment, BenchReport report) throws Exception {
        MadeUpRun.Blocks blocks = MadeUpRun.Blocks.of(Features.ROWS, Features.DIMENSION);
        List<MadeUpRun> runs = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            runs.add(new MadeUpRun("fresh-" + i, 1, blocks));
        }
        int threads = Runtime.getRuntime().availableProcessors();
        ExecutorService observers = Executors.newCachedThreadPool();
        try (Cluster cluster = Cluster.start(environment, "freshness");
                Sender sender = new Sender(cluster.bootstrap(), 0);
                Results results = new Results(cluster.bootstrap());
                Cluster.Monitor monitor = cluster.monitor(threads)) {
            runs.forEach(run -> run.start(sender));
            double capacity = capacity(environment, runs, sender, results, monitor);
            double rate = SHARE_OF_CAPACITY * capacity;
            environment.say(
                    "publisher, broker and monitor carry %.0f MB/s together; now %d s at %.0f MB/s",
                    capacity, SETTLING_SECONDS + PACED_SECONDS, rate);
            Delays onMetrics = new Delays();
            Delays onTopic = new Delays();
            Observer observer = new Observer(monitor, onMetrics);
            Future<?> looking = observers.submit(observer::look);
            Future<?> reading = observers.submit(() -> read(results, onTopic));
            double achieved = publish(runs, sender, rate, onMetrics, onTopic);
            onMetrics.allSent();
            onTopic.allSent();
            looking.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            reading.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            report.add("freshness_capacity_mb_s", capacity);
            report.add("freshness_load_mb_s", achieved);
            report.add("freshness_snapshots", onMetrics.millis().length);
            add(report, "freshness", onMetrics);
            add(report, "freshness_topic", onTopic);
            report.add("freshness_look_ms", observer.meanMillis());
        } finally {
            observers.shutdownNow();
        }
    }

    private static void add(BenchReport report, String name, Delays delays) {
        Percentiles millis = new Percentiles(delays.millis());
        report.add(name + "_p50_ms", millis.at(0.5));
        report.add(name + "_p99_ms", millis.at(0.99));
        report.add(name + "_max_ms", millis.at(1));
    }

    /** MB/s from the first batch to the last result while everything is published as fast as it goes. */
    private static double capacity(
            BenchEnvironment environment,
            List<MadeUpRun> runs,
            Sender sender,
            Results results,
            Cluster.Monitor monitor) {
        environment.say("warming up, then looking for what publisher, broker and monitor carry together");
        long begin = 0;
        long bytes = 0;
        for (int phase = 0; phase < 2; phase++) {
            begin = System.nanoTime();
            bytes = sender.bytes();
            int steps = phase == 0 ? WARM_UP_STEPS : CAPACITY_STEPS;
            for (int step = 1; step <= steps; step++) {
                for (int part = 0; part < PARTS; part++) {
                    for (MadeUpRun run : runs) {
                        // Earlier steps than those that count: numbers below are theirs alone.
                        run.features(sender, 0, phase * WARM_UP_STEPS + step, part, PARTS, false);
                    }
                }
            }
            for (int missing = steps * RUNS; missing > 0; ) {
                monitor.process().check();
                missing -= results.next(Duration.ofSeconds(1)).size();
            }
        }
        return (sender.bytes() - bytes) * 1e3 / (System.nanoTime() - begin);
    }

    /** Publishes at an even pace, the runs' snapshots evenly apart. Returns the MB/s that it came to. */
    private static double publish(List<MadeUpRun> runs, Sender sender, double rate, Delays onMetrics, Delays onTopic) {
        int apart = PARTS / RUNS;
        for (int i = 0; i < RUNS; i++) {
            for (int part = 0; part < i * apart; part++) {
                part(runs.get(i), sender, part);
            }
        }
        double nanosPerBatch = Features.RECORD_BYTES * 1e3 / rate;
        // A step is told by its number of wrong rows, so there are at most as many steps as rows.
        long nanos = (SETTLING_SECONDS + PACED_SECONDS) * 1_000_000_000;
        int steps = Math.min(Features.ROWS, (int) (nanos / nanosPerBatch) / (RUNS * PARTS));
        int batches = steps * RUNS * PARTS;
        long before = sender.bytes();
        long begin = System.nanoTime();
        onMetrics.measureFrom(begin + SETTLING_SECONDS * 1_000_000_000);
        onTopic.measureFrom(begin + SETTLING_SECONDS * 1_000_000_000);
        for (int batch = 0; batch < batches; batch++) {
            waitUntil(begin + (long) (batch * nanosPerBatch));
            int run = batch % RUNS;
            int number = batch / RUNS + run * apart;
            if (number % PARTS == PARTS - 1) {
                long now = System.nanoTime();
                onMetrics.sent(runs.get(run).name(), now);
                onTopic.sent(runs.get(run).name(), now);
            }
            part(runs.get(run), sender, number);
        }
        return (sender.bytes() - before) * 1e3 / (System.nanoTime() - begin);
    }

    /** The n-th part of a run: every PARTS of them are a snapshot. */
    private static void part(MadeUpRun run, Sender sender, int number) {
        int step = number / PARTS + 1;
        int part = number % PARTS;
        boolean closing = part == PARTS - 1;
        run.features(sender, 0, WARM_UP_STEPS + CAPACITY_STEPS + step, part, PARTS, false, closing ? step : 0);
    }

    private static void waitUntil(long nanos) {
        while (System.nanoTime() < nanos) {
            LockSupport.parkNanos(nanos - System.nanoTime());
        }
    }

    /** The number of the paced step that a share of wrong predictions belongs to. */
    static long step(double errorRate) {
        return Math.round(errorRate * PARTS * Features.ROWS);
    }

    private static void read(Results results, Delays delays) {
        while (!delays.complete()) {
            List<LayerResult> next = results.next(POLL);
            long now = System.nanoTime();
            for (LayerResult result : next) {
                delays.seen(result.getRun(), step(result.getMetricsOrDefault("error_rate", 0)), now);
            }
        }
    }

    /** Looks at /metrics again and again. */
    private static final class Observer {
        private final Exposition exposition;
        private final Delays delays;
        private long looks;
        private long nanos;

        Observer(Cluster.Monitor monitor, Delays delays) {
            exposition = new Exposition(monitor.url());
            this.delays = delays;
        }

        Void look() throws IOException, InterruptedException {
            while (!delays.complete()) {
                long begin = System.nanoTime();
                String text = exposition.read();
                long now = System.nanoTime();
                for (String line : Exposition.lines(text, SERIES)) {
                    delays.seen(Exposition.label(line, "run"), step(Exposition.value(line)), now);
                }
                looks++;
                nanos += now - begin;
                LockSupport.parkNanos(LOOK_NANOS);
            }
            return null;
        }

        double meanMillis() {
            return nanos / 1e6 / looks;
        }
    }
}
