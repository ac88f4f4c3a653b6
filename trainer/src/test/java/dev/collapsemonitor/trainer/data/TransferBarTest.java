package dev.collapsemonitor.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TransferBarTest {
    private final StringWriter output = new StringWriter();

    @Test
    void shouldRedrawOneLineOnATerminal() {
        show(true);
        assertThat(output.toString()).startsWith("\r").endsWith(System.lineSeparator());
        assertThat(output.toString().strip()).doesNotContain("\n").contains("data.gz", " 50%", "1024/2048 KiB");
    }

    @Test
    void shouldWritePlainLinesElsewhere() {
        show(false);
        assertThat(output.toString()).doesNotContain("\r", "\u001b").endsWith(System.lineSeparator());
        assertThat(output.toString().lines()).last().asString().contains("data.gz", " 50%", "1024/2048 KiB");
    }

    private void show(boolean terminal) {
        try (TransferBar bar = new TransferBar("data.gz", 2 << 20, new PrintWriter(output), terminal)) {
            bar.at(1 << 20);
        }
    }
}
