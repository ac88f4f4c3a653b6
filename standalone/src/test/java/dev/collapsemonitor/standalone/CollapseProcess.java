package dev.collapsemonitor.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The command line in a process of its own, as a user meets it. */
public final class CollapseProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(180);

    /** Most processes live for seconds, which the second compiler would spend on itself. */
    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1");

    private final Process process;
    private final Path out;
    private final Path err;

    private CollapseProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    static CollapseProcess start(Path directory, String... arguments) throws IOException {
        return startJvm(directory, List.of(), arguments);
    }

    static CollapseProcess startJvm(Path directory, List<String> jvmOptions, String... arguments) throws IOException {
        return start(directory, jvmOptions, Map.of(), List.of(arguments));
    }

    public static CollapseProcess start(
            Path directory, List<String> jvmOptions, Map<String, String> environment, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(QUICK_START);
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Collapse.class.getName()));
        command.addAll(arguments);
        Path out = Files.createTempFile(directory, "out", ".txt");
        Path err = Files.createTempFile(directory, "err", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(environment);
        return new CollapseProcess(builder.start(), out, err);
    }

    CollapseProcess awaitOut(String text) {
        return await(out, text);
    }

    CollapseProcess awaitErr(String text) {
        return await(err, text);
    }

    /** Processes that it started, and so on. */
    List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    /** Asks it to end, as Ctrl-C, systemd and Docker do. */
    void terminate() {
        process.destroy();
    }

    private void signal(String name) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("kill -" + name + " ended with " + status);
        }
    }

    long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Stands it still with SIGSTOP, as a suspended machine does. */
    void pause() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** Lets it go on. */
    void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    /** Ends it with SIGKILL. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    public int status() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running after " + PATIENCE.toSeconds() + " s");
        }
        return process.exitValue();
    }

    String out() throws IOException {
        return Files.readString(out);
    }

    public String err() throws IOException {
        return Files.readString(err);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private CollapseProcess await(Path file, String text) {
        Awaitility.await()
                .atMost(PATIENCE)
                .failFast("it has ended", () -> !process.isAlive())
                .until(() -> Files.readString(file).contains(text));
        return this;
    }
}
