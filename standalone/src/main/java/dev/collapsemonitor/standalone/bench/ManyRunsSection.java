package dev.collapsemonitor.standalone.bench;

import dev.collapsemonitor.protocol.v1.LayerResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A thousand runs at a time, each with three layers whose snapshots of several parts are all open at once, against the same
 * number of batches of ten runs. Weights, descriptors and progress come with them, and /metrics is read meanwhile as Prometheus would.
 */
final class ManyRunsSection implements Section {
    private static final int MANY = 1_000;
    private static final int FEW = 10;
    private static final int LAYERS = 3;
    private static final int PARTS = 8;
    private static final int STEPS = 3; // of the many; the few make as many snapshots in more steps
    private static final int ROWS = 128;
    private static final int DIMENSION = 64;
    private static final int SNAPSHOTS = MANY * LAYERS * STEPS;
    private static final int BATCHES = SNAPSHOTS * PARTS;
    /** What is processed while the JVM still compiles does not count. */
    private static final double WARM_UP = 1.0 / STEPS;

    private static final Duration POLL = Duration.ofMillis(50);
    private static final String HEAP = "2g";

    /**
     * Figures of one number of runs.
     *
     * @param cpuMicros CPU time of the monitor a batch
     */
    private record Measured(
            double batchesPerSecond,
            double cpuMicros,
            double peakBytes,
            double stateBytes,
            double scrapeMillis,
            double scrapeBytes,
            double series) {}

    @Override
    public void run(BenchEnvironment environment, BenchReport report) throws Exception {
        Measured few = measure(environment, FEW);
        Measured many = measure(environment, MANY);
        report.add("runs_1000_batches_s", many.batchesPerSecond());
        report.add("runs_10_batches_s", few.batchesPerSecond());
        report.add("runs_1000_cpu_us_per_batch", many.cpuMicros());
        report.add("runs_10_cpu_us_per_batch", few.cpuMicros());
        report.add("cost_per_batch_1000_runs_vs_10", many.cpuMicros() / few.cpuMicros());
        report.add("time_per_batch_1000_runs_vs_10", few.batchesPerSecond() / many.batchesPerSecond());
        report.add("runs_1000_rss_mb", many.peakBytes() / 1e6);
        report.add("runs_10_rss_mb", few.peakBytes() / 1e6);
        report.add("runs_1000_state_mb", many.stateBytes() / 1e6);
        report.add("runs_1000_series", many.series());
        report.add("runs_1000_scrape_mb", many.scrapeBytes() / 1e6);
        report.add("runs_1000_scrape_ms", many.scrapeMillis());
    }

    private static Measured measure(BenchEnvironment environment, int count) throws Exception {
        Cluster cluster = Cluster.start(environment, "runs-" + count);
        try {
            publish(environment, cluster, count);
            try (Results results = new Results(cluster.bootstrap());
                    Cluster.Monitor monitor =
                            cluster.monitor(Runtime.getRuntime().availableProcessors(), HEAP)) {
                return process(environment, monitor, results, count);
            }
        } finally {
            cluster.removeData();
        }
    }

    /** Part by part through all runs, so that all of their snapshots are open at once. */
    private static void publish(BenchEnvironment environment, Cluster cluster, int count) {
        MadeUpRun.Blocks blocks = MadeUpRun.Blocks.of(ROWS, DIMENSION);
        List<MadeUpRun> runs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            runs.add(new MadeUpRun("many-" + i, LAYERS, blocks));
        }
        int steps = SNAPSHOTS / LAYERS / count;
        try (Sender sender = new Sender(cluster.bootstrap(), 5)) {
            runs.forEach(run -> run.start(sender));
            for (int step = 1; step <= steps; step++) {
                for (int part = 0; part < PARTS; part++) {
                    for (MadeUpRun run : runs) {
                        for (int layer = 0; layer < LAYERS; layer++) {
                            if (part == 0) {
                                run.weights(sender, layer, step);
                            }
                            run.features(sender, layer, step, part, PARTS, true);
                        }
                    }
                }
                for (MadeUpRun run : runs) {
                    run.progress(sender, step);
                }
                if (step * 4 % steps == 0) {
                    environment.say("published %d %% of what %d runs send", step * 100 / steps, count);
                }
            }
            sender.flush();
        }
    }

    private static Measured process(BenchEnvironment environment, Cluster.Monitor monitor, Results results, int count)
            throws Exception {
        Scraper scraper = new Scraper(monitor);
        int seen = 0;
        double said = 0;
        while (seen < SNAPSHOTS) {
            monitor.process().check();
            for (LayerResult result : results.next(POLL)) {
                requireWhole(result);
                seen++;
            }
            scraper.scrapeIfDue();
            if (seen >= said + SNAPSHOTS / 4.0) {
                environment.say("%d runs: %d of %d snapshots are done", count, seen, SNAPSHOTS);
                said = seen;
            }
        }
        Scraper.Reading end = scraper.now(BATCHES);
        double peak = Load.peakResidentBytes(monitor.process().pid());
        Scraper.Reading begin = scraper.firstAfter(WARM_UP * BATCHES);
        double batches = end.batches() - begin.batches();
        String text = scraper.awaitLayers(count * LAYERS);
        return new Measured(
                batches * 1e9 / (end.nanos() - begin.nanos()),
                (end.cpuSeconds() - begin.cpuSeconds()) * 1e6 / batches,
                peak,
                scraper.mostState(),
                scraper.medianMillis(),
                text.length(),
                text.lines().filter(line -> !line.startsWith("#")).count());
    }

    private static void requireWhole(LayerResult result) {
        if (result.getCoverage() < 1 || result.getMetricsCount() == 0) {
            throw new IllegalStateException(
                    "a snapshot of run " + result.getRun() + " came out with coverage " + result.getCoverage());
        }
    }
}
