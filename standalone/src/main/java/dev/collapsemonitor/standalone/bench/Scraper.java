package dev.collapsemonitor.standalone.bench;

import dev.collapsemonitor.protocol.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads /metrics at an interval, as Prometheus does, and keeps what it says of the work that is done. */
final class Scraper {
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final String RECEIVED = "collapse_records_total{topic=\"" + Topic.FEATURES.topicName() + "\"}";
    private static final String REJECTED = "collapse_records_rejected_total{";
    private static final String STATE = "collapse_state_bytes";

    private final Cluster.Monitor monitor;
    private final Exposition exposition;
    private final List<Reading> readings = new ArrayList<>();
    private final List<Double> millis = new ArrayList<>();
    private double mostState;
    private long due = System.nanoTime();

    Scraper(Cluster.Monitor monitor) {
        this.monitor = monitor;
        exposition = new Exposition(monitor.url());
    }

    /**
     * How far the monitor is.
     *
     * @param batches that it has taken
     * @param cpuSeconds that it has used
     */
    record Reading(long nanos, double batches, double cpuSeconds) {}

    /** Reads when it is time; a monitor that does not listen yet is asked again soon. */
    void scrapeIfDue() throws InterruptedException {
        long begin = System.nanoTime();
        if (begin < due) {
            return;
        }
        double cpu = Load.cpuSeconds(monitor.process().pid());
        try {
            String text = exposition.read();
            requireNoRejects(text);
            millis.add((System.nanoTime() - begin) / 1e6);
            readings.add(new Reading(begin, Exposition.sum(text, RECEIVED), cpu));
            mostState = Math.max(mostState, Exposition.sum(text, STATE + " "));
            due = begin + INTERVAL.toNanos();
        } catch (IOException e) {
            due = begin + INTERVAL.toNanos() / 50;
        }
    }

    /** How far a monitor is that has taken that many batches. */
    Reading now(double batches) {
        return new Reading(
                System.nanoTime(), batches, Load.cpuSeconds(monitor.process().pid()));
    }

    /** The first reading by which that many batches were taken. */
    Reading firstAfter(double batches) {
        return readings.stream()
                .filter(reading -> reading.batches() >= batches)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the work was done before /metrics was read twice"));
    }

    /** Most layer state that was seen, in bytes. */
    double mostState() {
        return mostState;
    }

    /** Median time of a reading while the monitor worked. */
    double medianMillis() {
        return new Percentiles(millis.stream().mapToDouble(Double::doubleValue).toArray()).at(0.5);
    }

    /** The exposition once that many layers have a value. */
    String awaitLayers(int layers) throws InterruptedException {
        String[] last = new String[1];
        Cluster.await("the last value", monitor.process(), () -> {
            last[0] = exposition.read();
            return Exposition.count(last[0], "collapse_nc1{") == layers;
        });
        requireNoRejects(last[0]);
        return last[0];
    }

    private static void requireNoRejects(String text) {
        double rejected = Exposition.sum(text, REJECTED);
        if (rejected > 0) {
            throw new IllegalStateException(
                    String.format("the monitor rejected %.0f records of the benchmark", rejected));
        }
    }
}
