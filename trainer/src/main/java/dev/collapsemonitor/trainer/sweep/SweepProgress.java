package dev.collapsemonitor.trainer.sweep;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** A line per event of a sweep with how far it is, and in quiet times a line per run under way. */
public final class SweepProgress {
    private static final long QUIET_NANOS = Duration.ofSeconds(30).toNanos();

    private final PrintWriter out;
    private final int total;
    private final int concurrent;
    private final LongSupplier clock;
    private final Map<String, Path> running = new TreeMap<>(); // run to its log
    private int finished;
    private int failed;
    private int ended; // in this process
    private double seconds; // that those took
    private long lastLine;

    /**
     * Progress of a sweep.
     *
     * @param finished runs that had finished before
     * @param concurrent runs at a time
     * @param clock nanoseconds
     */
    public SweepProgress(PrintWriter out, int total, int finished, int concurrent, LongSupplier clock) {
        this.out = out;
        this.total = total;
        this.finished = finished;
        this.concurrent = concurrent;
        this.clock = clock;
        this.lastLine = clock.getAsLong();
    }

    synchronized void started(String run, boolean again, Path log) {
        running.put(run, log);
        line((again ? "goes on  " : "starts   ") + run);
    }

    synchronized void ended(RunRecord record) {
        running.remove(record.run());
        if (record.state() == RunRecord.State.FINISHED) {
            finished++;
            ended++;
            seconds += record.number("seconds");
            line(String.format(
                    Locale.ROOT,
                    "finished %s: loss %s, train error %s, test error %s, %s s",
                    record.run(),
                    SweepTable.number(record.number("loss")),
                    SweepTable.number(record.number("train_error")),
                    SweepTable.number(record.number("test_error")),
                    SweepTable.number(record.number("seconds"))));
        } else {
            failed++;
            line("FAILED   " + record.run() + ": " + record.error());
        }
    }

    /** To be called often: says what the runs under way said last, when nothing else has been said for a while. */
    synchronized void tick() {
        if (clock.getAsLong() - lastLine < QUIET_NANOS || running.isEmpty()) {
            return;
        }
        running.values().forEach(log -> out.println("         " + LogFile.lastLine(log)));
        line("");
    }

    private void line(String event) {
        String counts = finished + "/" + total + " finished, " + running.size() + " running, " + failed + " failed"
                + remaining();
        out.println(event.isEmpty() ? "         " + counts : event + " (" + counts + ")");
        out.flush();
        lastLine = clock.getAsLong();
    }

    /** By the mean of the runs that ended since we began. */
    private String remaining() {
        int left = total - finished - failed;
        if (ended == 0 || left == 0) {
            return "";
        }
        double rest = seconds / ended * Math.ceil((double) left / concurrent);
        return rest < 90
                ? String.format(Locale.ROOT, ", about %.0f s left", rest)
                : rest < 5400
                        ? String.format(Locale.ROOT, ", about %.0f min left", rest / 60)
                        : String.format(Locale.ROOT, ", about %.1f h left", rest / 3600);
    }
}
