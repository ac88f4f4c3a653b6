package dev.collapsemonitor.trainer.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes files that are there as a whole or not at all, whenever the process dies. */
public final class AtomicFile {
    /** How the names of unfinished files end. */
    public static final String UNFINISHED = ".tmp";

    /** Writes the contents. */
    @FunctionalInterface
    public interface Contents {
        void writeTo(Path file) throws IOException;
    }

    private AtomicFile() {}

    /** Replaces a file once the new one is complete and on the disk. */
    public static void write(Path file, Contents contents) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
        contents.writeTo(unfinished);
        try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
