package dev.collapsemonitor.trainer.data;

import java.io.PrintWriter;
import java.time.Duration;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How far a download is: one bar that moves on a terminal, elsewhere a line every few seconds and at the end. */
final class TransferBar implements AutoCloseable {
    /** Set by the launcher, since Java 17 cannot tell what standard error is. */
    private static final String TERMINAL_PROPERTY = "collapse.stderr.terminal";

    private static final int COLUMNS = 79;
    private static final Duration FRAME = Duration.ofMillis(200);
    private static final Duration LINE = Duration.ofSeconds(5);

    private final ProgressBar bar;
    private final PrintWriter output;
    private final boolean terminal;

    TransferBar(String name, long bytes, PrintWriter output) {
        this(name, bytes, output, Boolean.getBoolean(TERMINAL_PROPERTY));
    }

    TransferBar(String name, long bytes, PrintWriter output, boolean terminal) {
        this.output = output;
        this.terminal = terminal;
        bar = new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(bytes)
                .setUnit(" KiB", 1 << 10)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis((int) (terminal ? FRAME : LINE).toMillis())
                .setConsumer(new DelegatingProgressBarConsumer(this::show, COLUMNS))
                .build();
    }

    private void show(String frame) {
        if (terminal) {
            output.print('\r' + frame);
        } else {
            output.println(frame.stripTrailing());
        }
        output.flush();
    }

    /** So many bytes are here. */
    void at(long bytes) {
        bar.stepTo(bytes);
    }

    /** Shows the last state. */
    @Override
    public void close() {
        bar.close();
        if (terminal) {
            output.println();
            output.flush();
        }
    }
}
