package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The training runs of the demo: one JVM each, as on real machines, so that they share no threads with the monitor. */
final class TrainingProcesses implements AutoCloseable {
    private static final long KILL_SECONDS = 5;

    private final List<Training> trainings = new ArrayList<>();
    private final Termination termination;

    private TrainingProcesses(Termination termination) {
        this.termination = termination;
    }

    /** Starts all runs at once. */
    static TrainingProcesses start(
            List<DemoRun> runs, String bootstrap, TemporaryDirectory directory, Termination termination) {
        TrainingProcesses processes = new TrainingProcesses(termination);
        try {
            for (DemoRun run : runs) {
                processes.trainings.add(Training.start(run, bootstrap, directory));
            }
            return processes;
        } catch (IOException e) {
            processes.close();
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Whether all runs have ended well.
     *
     * @throws UserException when one failed, with what it said last
     */
    boolean areFinished() {
        for (Training training : trainings) {
            if (!training.process.isAlive() && training.process.exitValue() != 0 && !endedWithUs(training)) {
                throw new UserException("training run " + training.run + " failed with status "
                        + training.process.exitValue() + ": " + training.lastLine());
            }
        }
        return trainings.stream().noneMatch(training -> training.process.isAlive());
    }

    /** Ctrl-C reaches the whole process group: a child may die of it before we hear of it. */
    private boolean endedWithUs(Training training) {
        boolean bySignal = training.process.exitValue() > 128;
        return bySignal && termination.isRequestedWithin(Duration.ofSeconds(1));
    }

    @Override
    public void close() {
        trainings.forEach(training -> training.process.destroy());
        for (Training training : trainings) {
            try {
                if (!training.process.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
                    training.process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                training.process.destroyForcibly();
            }
        }
    }

    private record Training(String run, Process process, Path log) {
        static Training start(DemoRun run, String bootstrap, TemporaryDirectory directory) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    // One training thread: a parallel collector would only take the other run's core.
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    ChildMain.class.getName(),
                    "train"));
            command.addAll(run.arguments());
            command.addAll(List.of("--bootstrap", bootstrap));
            Path log = directory.resolve("train-" + run.run() + ".log");
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            environment(builder.environment());
            return new Training(run.run(), builder.start(), log);
        }

        private static void environment(Map<String, String> environment) {
            // Options from the user's environment are meant for the demo; the runs are the same for everybody.
            environment.keySet().removeIf(name -> name.startsWith("COLLAPSE_"));
            // Two runs on two cores: OpenMP threads that spin while they wait would halve both.
            environment.put("OMP_NUM_THREADS", "1");
            environment.put("OPENBLAS_NUM_THREADS", "1");
        }

        String lastLine() {
            try {
                List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8).stream()
                        .filter(line -> !line.isBlank())
                        .toList();
                return lines.isEmpty()
                        ? "it said nothing"
                        : lines.get(lines.size() - 1).replaceFirst("^collapse: ", "");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
