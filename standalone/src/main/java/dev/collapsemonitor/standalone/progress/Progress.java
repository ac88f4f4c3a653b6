package dev.collapsemonitor.standalone.progress;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Says on standard error how far a long reading is: a bar on a terminal, else a line now and then. */
public interface Progress extends AutoCloseable {
    /** Set by the launcher, since Java 17 cannot tell what standard error is. */
    String TERMINAL_PROPERTY = "collapse.stderr.terminal";

    /** What is read from now on, such as {@code layer fc1}. */
    void at(String what);

    /** So much more was read. */
    void read(long amount);

    /** What is counted. */
    enum Unit {
        MIB("MiB", 1 << 20),
        RECORDS("records", 1);

        private final String label;
        private final long size;

        Unit(String label, long size) {
            this.label = label;
            this.size = size;
        }
    }

    @Override
    void close();

    /**
     * The one that suits standard error.
     *
     * @param task what a bar is called
     * @param total that will be read; bytes when the unit is MiB
     */
    static Progress of(String task, Unit unit, long total, PrintWriter err) {
        return Boolean.getBoolean(TERMINAL_PROPERTY)
                ? new Bar(task, unit, total)
                : new Lines(unit, total, err, System::nanoTime);
    }

    /** A bar that goes when it is full. */
    final class Bar implements Progress {
        private static final int COLUMNS = 79;
        private static final int UPDATE_MILLIS = 200;

        private final PrintStream err = System.err;
        private final ProgressBar bar;

        Bar(String task, Unit unit, long total) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(total)
                    .setUnit(" " + unit.label, unit.size)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(UPDATE_MILLIS)
                    .setConsumer(new DelegatingProgressBarConsumer(frame -> err.print('\r' + frame), COLUMNS))
                    .build();
        }

        @Override
        public void at(String what) {
            bar.setExtraMessage(what);
        }

        @Override
        public void read(long amount) {
            bar.stepBy(amount);
        }

        @Override
        public void close() {
            bar.close();
            // Not left to the bar: one that is closed before its first frame clears nothing.
            err.print('\r' + " ".repeat(COLUMNS) + '\r');
            err.flush();
        }
    }

    /** A line every few seconds, for logs; none when it was quick. */
    final class Lines implements Progress {
        static final Duration INTERVAL = Duration.ofSeconds(5);

        private final Unit unit;
        private final long total;
        private final PrintWriter err;
        private final LongSupplier nanoTime;
        private String what = "";
        private long done;
        private long last;

        Lines(Unit unit, long total, PrintWriter err, LongSupplier nanoTime) {
            this.unit = unit;
            this.total = total;
            this.err = err;
            this.nanoTime = nanoTime;
            last = nanoTime.getAsLong();
        }

        @Override
        public void at(String now) {
            what = now;
        }

        @Override
        public void read(long amount) {
            done += amount;
            long now = nanoTime.getAsLong();
            if (now - last >= INTERVAL.toNanos()) {
                last = now;
                err.printf(
                        "read %d of %d %s (%d %%)%s%n",
                        done / unit.size,
                        total / unit.size,
                        unit.label,
                        100 * done / total,
                        what.isEmpty() ? "" : ", " + what);
                err.flush();
            }
        }

        @Override
        public void close() {}
    }
}
