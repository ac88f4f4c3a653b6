package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** Takes the wanted files out of the archive in which CIFAR-10 is published. */
final class CifarArchive {
    private static final Set<String> WANTED = Set.of(
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
            "test_batch.bin",
            "batches.meta.txt");

    private CifarArchive() {}

    /** Unpacks into a directory that comes into being whole or not at all; does nothing when it is there. */
    static void extract(Path archive, Path directory) {
        if (Files.isDirectory(directory)) {
            return;
        }
        try {
            // Beside the target, so that the move stays on one file system.
            Path unfinished = Files.createTempDirectory(
                    directory.toAbsolutePath().getParent(), directory.getFileName() + ".unfinished");
            try {
                unpack(archive, unfinished);
                Files.move(unfinished, directory, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                discard(unfinished);
            }
        } catch (IOException e) {
            if (Files.isDirectory(directory)) {
                return; // Another process was quicker.
            }
            throw new UserException(
                    "cannot unpack " + archive + ": " + e.getMessage()
                            + "; remove it to download it again, or give the directory of the files with --data-dir",
                    e);
        }
    }

    private static void unpack(Path archive, Path directory) throws IOException {
        int found = 0;
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(archive));
                TarArchiveInputStream tar = new TarArchiveInputStream(new GzipCompressorInputStream(raw))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                // Only known names are written, without their folders: an archive cannot write elsewhere.
                String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
                if (entry.isFile() && WANTED.contains(name)) {
                    Files.copy(tar, directory.resolve(name));
                    found++;
                }
            }
        }
        if (found != WANTED.size()) {
            throw new IOException("it holds " + found + " of the " + WANTED.size() + " files of CIFAR-10");
        }
    }

    private static void discard(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
