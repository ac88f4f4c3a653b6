package dev.collapsemonitor.standalone.analyze;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Says on standard error how far a long analysis is: a bar on a terminal, else a line now and then. */
interface Progress extends AutoCloseable {
    /** Set by the launcher, since Java 17 cannot tell what standard error is. */
    String TERMINAL_PROPERTY = "collapse.stderr.terminal";

    /** A layer begins. */
    void layer(String name);

    /** So many bytes more were read. */
    void read(long bytes);

    @Override
    void close();

    /**
     * The one that suits standard error.
     *
     * @param total bytes that will be read
     */
    static Progress of(long total, PrintWriter err) {
        return Boolean.getBoolean(TERMINAL_PROPERTY) ? new Bar(total) : new Lines(total, err, System::nanoTime);
    }

    /** A bar that goes when it is full. */
    final class Bar implements Progress {
        private static final int COLUMNS = 79;
        private static final int UPDATE_MILLIS = 200;

        private final PrintStream err = System.err;
        private final ProgressBar bar;

        Bar(long total) {
            bar = new ProgressBarBuilder()
                    .setTaskName("analyze")
                    .setInitialMax(total)
                    .setUnit(" MiB", 1 << 20)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(UPDATE_MILLIS)
                    .setConsumer(new DelegatingProgressBarConsumer(frame -> err.print('\r' + frame), COLUMNS))
                    .build();
        }

        @Override
        public void layer(String name) {
            bar.setExtraMessage(name);
        }

        @Override
        public void read(long bytes) {
            bar.stepBy(bytes);
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

        private final long total;
        private final PrintWriter err;
        private final LongSupplier nanoTime;
        private String layer = "";
        private long done;
        private long last;

        Lines(long total, PrintWriter err, LongSupplier nanoTime) {
            this.total = total;
            this.err = err;
            this.nanoTime = nanoTime;
            last = nanoTime.getAsLong();
        }

        @Override
        public void layer(String name) {
            layer = name;
        }

        @Override
        public void read(long bytes) {
            done += bytes;
            long now = nanoTime.getAsLong();
            if (now - last >= INTERVAL.toNanos()) {
                last = now;
                err.printf(
                        "read %d of %d MiB (%d %%)%s%n",
                        done >> 20, total >> 20, 100 * done / total, layer.isEmpty() ? "" : ", layer " + layer);
                err.flush();
            }
        }

        @Override
        public void close() {}
    }
}
