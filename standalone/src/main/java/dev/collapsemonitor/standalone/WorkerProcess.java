package dev.collapsemonitor.standalone;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsemonitor.clients.KafkaSettings;
import dev.collapsemonitor.trainer.sweep.RunWorker;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A worker in a JVM of its own, started when there is a run for it and again when it died of the run before. */
final class WorkerProcess implements RunWorker {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> jvmOptions;
    private final int threads;
    private final Path errors;
    private Process process; // null before the first run
    private boolean closed;

    /**
     * A worker that is started later.
     *
     * @param threads for the numerics of one run
     * @param errors file for what the JVM itself has to say, such as why it crashed
     */
    WorkerProcess(List<String> jvmOptions, int threads, Path errors) {
        this.jvmOptions = List.copyOf(jvmOptions);
        this.threads = threads;
        this.errors = errors;
    }

    @Override
    public Outcome run(List<String> arguments, Path log) {
        Process alive = process();
        if (alive == null) {
            return new Outcome.Lost("the worker was closed");
        }
        try {
            BufferedWriter tasks = alive.outputWriter(StandardCharsets.UTF_8);
            tasks.write(JSON.writeValueAsString(new WorkerMain.Task(
                    arguments.toArray(String[]::new), log.toAbsolutePath().toString())));
            tasks.newLine();
            tasks.flush();
            BufferedReader answers = alive.inputReader(StandardCharsets.UTF_8);
            String answer = answers.readLine();
            if (answer != null) {
                WorkerMain.Answer ended = JSON.readValue(answer, WorkerMain.Answer.class);
                return new Outcome.Ended(ended.status(), ended.output());
            }
        } catch (IOException e) {
            // The pipe broke: the process tells more.
        }
        return lost(alive);
    }

    private Outcome lost(Process ended) {
        ChildJvm.end(ended);
        return new Outcome.Lost("its process ended with status " + (ended.isAlive() ? "unknown" : ended.exitValue())
                + ", see " + errors);
    }

    private synchronized Process process() {
        if (closed) {
            return null;
        }
        if (process == null || !process.isAlive()) {
            try {
                ProcessBuilder builder = ChildJvm.of(WorkerMain.class, jvmOptions, threads, List.of())
                        .redirectError(Redirect.appendTo(errors.toFile()));
                // The same cluster as ours, so the same credentials.
                System.getenv().forEach((name, value) -> {
                    if (KafkaSettings.isSetting(name)) {
                        builder.environment().put(name, value);
                    }
                });
                process = builder.start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return process;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (process != null) {
            ChildJvm.end(process);
        }
    }
}
