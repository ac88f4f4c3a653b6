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

/** The training runs of the demo: one JVM each, as on real machines, so that they share no threads with the monitor. */
final class TrainingProcesses implements AutoCloseable {
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
        trainings.forEach(training -> ChildJvm.end(training.process));
    }

    private record Training(String run, Process process, Path log) {
        static Training start(DemoRun run, String bootstrap, TemporaryDirectory directory) throws IOException {
            List<String> arguments = new ArrayList<>(List.of("train"));
            arguments.addAll(run.arguments());
            arguments.addAll(List.of("--bootstrap", bootstrap));
            Path log = directory.resolve("train-" + run.run() + ".log");
            // Two runs on two cores: OpenMP threads that spin while they wait would halve both.
            ProcessBuilder builder = ChildJvm.of(ChildMain.class, List.of(), 1, arguments)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            return new Training(run.run(), builder.start(), log);
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
