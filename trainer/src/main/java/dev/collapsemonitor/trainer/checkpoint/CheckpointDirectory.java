package dev.collapsemonitor.trainer.checkpoint;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;

/** The checkpoints of one run: the newest two, so that there is one left when the newest is damaged. */
public final class CheckpointDirectory {
    private static final int KEPT = 2;
    private static final String PREFIX = "epoch-";
    private static final String SUFFIX = ".zip";

    private final Path directory;
    private final String run;
    private final Map<String, String> settings;

    /**
     * The checkpoints of a run below a directory that many runs may share.
     *
     * @param settings all that decides how the network is trained: a checkpoint of other settings is refused
     */
    public CheckpointDirectory(Path parent, String run, Map<String, String> settings) {
        this.directory = parent.resolve(RunFileName.of(run));
        this.run = run;
        this.settings = Map.copyOf(settings);
    }

    /** Where the files are. */
    public Path directory() {
        return directory;
    }

    /**
     * For a run that begins anew.
     *
     * @throws UserException when there is a checkpoint already, which the new run would mix with its own
     */
    public void requireEmpty() {
        List<Path> files = newestFirst();
        if (!files.isEmpty()) {
            throw new UserException("run " + run + " has a checkpoint already, " + files.get(0)
                    + "; continue it with --resume, or remove " + directory + " to begin anew");
        }
    }

    /**
     * The newest checkpoint that is whole.
     *
     * @param progress hears of damaged ones
     * @throws UserException when it was made with other settings
     */
    public Optional<Checkpoint> newest(Consumer<String> progress) {
        for (Path path : newestFirst()) {
            CheckpointFile file = new CheckpointFile(path);
            try {
                CheckpointFile.Description description = file.describe();
                requireSame(path, description.settings());
                return Optional.of(
                        new Checkpoint(path, file.network(description), description.epoch(), description.step()));
            } catch (IOException | IllegalStateException e) {
                progress.accept("checkpoint " + path + " is damaged (" + e.getMessage() + "); trying the one before");
            }
        }
        return Optional.empty();
    }

    /** Forgets all checkpoints. */
    public void clear() {
        try {
            for (Path file : newestFirst()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException e) {
            // Somebody keeps files of their own there.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Saves a network and forgets the oldest beyond two. */
    public void save(Model network) {
        CheckpointFile.Description description = CheckpointFile.describe(run, network, settings);
        Path file = directory.resolve(String.format(Locale.ROOT, "%s%08d%s", PREFIX, description.epoch(), SUFFIX));
        try {
            Files.createDirectories(directory);
            new CheckpointFile(file).write(network, description);
            for (Path old : newestFirst().stream().skip(KEPT).toList()) {
                Files.deleteIfExists(old);
            }
        } catch (IOException e) {
            throw new UserException(
                    "cannot write checkpoint " + file + " (" + e + "); make room or choose another"
                            + " --checkpoint-dir",
                    e);
        }
    }

    private void requireSame(Path file, Map<String, String> saved) {
        SettingsDifference.first(saved, settings).ifPresent(difference -> {
            throw new UserException("checkpoint " + file + " was made with " + difference
                    + "; resume with the settings it was made with, or choose another --checkpoint-dir");
        });
    }

    private List<Path> newestFirst() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(CheckpointDirectory::isCheckpoint)
                    .sorted(Comparator.<Path, String>comparing(
                                    file -> file.getFileName().toString())
                            .reversed())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isCheckpoint(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
    }
}
