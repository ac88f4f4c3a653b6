package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.protocol.UserException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class ErrorLinesTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void aWrongCommandLineIsOneLineWithAHintAndStatusTwo() {
        assertThat(run("topics")).isEqualTo(2);
        assertThat(err)
                .hasToString("collapse: Missing required option: '--bootstrap=B'; see ./collapse topics --help\n");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aMissingCommandIsAWrongCommandLine() {
        assertThat(run()).isEqualTo(2);
        assertThat(err).hasToString("collapse: a command is missing; see ./collapse --help\n");
    }

    @Test
    void aMistakeInWhatTheOptionsSayIsOneLineAndStatusOne() {
        assertThat(run("broker", "--port", "70000")).isEqualTo(1);
        assertThat(err).hasToString("collapse: --port 70000 is no port; 0 picks a free one, 65535 is the highest\n");
    }

    @Test
    void aMessageOfSeveralLinesBecomesOne() {
        assertThat(fail(new UserException("first\n  second\n"))).isEqualTo(1);
        assertThat(err).hasToString("collapse: first second\n");
    }

    @Test
    void anUnexpectedErrorSaysWhereItsStackTraceIs() throws Exception {
        assertThat(fail(new IllegalStateException("odd"))).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("collapse: unexpected java.lang.IllegalStateException: odd; stack trace in ")
                .hasLineCount(1);

        Path file = Path.of(err.toString().strip().replaceFirst(".* in ", ""));
        assertThat(file).content().contains("ErrorLinesTest");
        Files.delete(file);
    }

    @Test
    void everyCommandExplainsItself() {
        assertThat(Collapse.commands().getSubcommands()).allSatisfy((name, command) -> {
            assertThat(run(name, "--help")).isZero();
            assertThat(out.toString()).contains("Usage: collapse " + name, "--config=FILE");
        });
    }

    private int run(String... arguments) {
        return Collapse.run(arguments, Map.of(), new PrintWriter(out, true), new PrintWriter(err, true));
    }

    private int fail(RuntimeException e) {
        return new CommandLine(new Failing(e))
                .addMixin("shared", new SharedOptions())
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler(new ErrorLines())
                .execute();
    }

    @Command(name = "failing")
    private record Failing(RuntimeException failure) implements Runnable {
        @Override
        public void run() {
            throw failure;
        }
    }
}
