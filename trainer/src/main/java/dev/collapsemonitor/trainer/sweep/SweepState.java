package dev.collapsemonitor.trainer.sweep;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.checkpoint.AtomicFile;
import dev.collapsemonitor.trainer.checkpoint.CheckpointDirectory;
import dev.collapsemonitor.trainer.checkpoint.RunFileName;
import dev.collapsemonitor.trainer.checkpoint.SettingsDifference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * What a sweep keeps on disk, so that it goes on where it was: a small file per run, replaced as a whole, its log, and the
 * checkpoints of runs under way. Only one sweep at a time uses it; the operating system gives it free when that one dies.
 */
public final class SweepState implements AutoCloseable {
    private static final String LOCK = "lock";

    private final Path directory;
    private final FileChannel lock;

    private SweepState(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /** Where the state of a sweep is unless one says otherwise: beside its file. */
    public static Path usualDirectory(Path file) {
        return file.resolveSibling("." + SweepFile.baseName(file) + ".sweep");
    }

    /**
     * Opens or creates it.
     *
     * @throws UserException when another sweep has it open
     */
    @SuppressWarnings("MustBeClosedChecker") // the lock is held until close()
    public static SweepState open(Path directory) {
        try {
            Files.createDirectories(directory);
            FileChannel lock =
                    FileChannel.open(directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!isLocked(lock)) {
                lock.close();
                throw new UserException("another sweep is under way with the state in " + directory
                        + "; wait for it, or give this one a --state-dir of its own");
            }
            return new SweepState(directory, lock);
        } catch (IOException e) {
            throw new UserException(
                    "cannot keep the state of the sweep in " + directory + " (" + e + "); choose another --state-dir",
                    e);
        }
    }

    private static boolean isLocked(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Where it is. */
    public Path directory() {
        return directory;
    }

    /**
     * Refuses runs that were trained, at least in part, with other settings than they have now. A failed run may be changed:
     * it begins anew.
     */
    public void requireUnchanged(List<SweepRun> runs) {
        for (SweepRun run : runs) {
            Optional<RunRecord> record = record(run.name());
            Optional<String> difference =
                    record.flatMap(known -> SettingsDifference.first(known.settings(), run.settings()));
            if (difference.isEmpty()) {
                continue;
            }
            if (record.get().state() != RunRecord.State.FAILED) {
                throw new UserException("run " + run.name() + " was started with " + difference.get()
                        + "; change it back, give the changed run another name, or remove " + file(run.name())
                        + " and " + checkpoints(run).directory() + " to train it anew");
            }
            checkpoints(run).clear();
        }
    }

    Optional<RunRecord> record(String run) {
        Path file = file(run);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(RunRecord.parse(Files.readString(file)));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new UserException("state file " + file + " is damaged; remove it to train the run anew", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(RunRecord record) {
        try {
            AtomicFile.write(file(record.run()), unfinished -> Files.writeString(unfinished, record.toJson()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the run prints. */
    Path log(String run) {
        return directory.resolve(RunFileName.of(run) + ".log");
    }

    /** The directory that is given to {@code train}. */
    Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    CheckpointDirectory checkpoints(SweepRun run) {
        return new CheckpointDirectory(checkpoints(), run.name(), run.settings());
    }

    private Path file(String run) {
        return directory.resolve(RunFileName.of(run) + ".json");
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
