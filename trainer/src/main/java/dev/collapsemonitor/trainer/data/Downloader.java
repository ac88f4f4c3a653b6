package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Fetches public files into a directory: resumed where a connection broke, compared with their checksum, and only then
 * given their name, so that a file with its name is whole. Several runs may want the same file at once: one fetches.
 */
final class Downloader {
    private static final String REMEDY = "; get the file in another way and give its directory with --data-dir";
    private static final int BUFFER = 1 << 16;

    private final Patience patience;
    private final PrintWriter progress;
    private final Transfer transfer;

    /**
     * A downloader.
     *
     * @param progress where bars and news go
     */
    Downloader(Patience patience, PrintWriter progress) {
        this.patience = patience;
        this.progress = progress;
        transfer = new Transfer(patience);
    }

    /**
     * The file with its checksum, fetched unless it is there already.
     *
     * @throws UserException naming the addresses, what was expected, what was found and the remedy
     */
    Path fetch(RemoteFile file, Path directory) {
        Path target = directory.resolve(file.name());
        try {
            Files.createDirectories(directory);
            // A lock of the file system holds off other processes, the monitor other threads of this one.
            synchronized (Downloader.class) {
                try (FileChannel channel = FileChannel.open(
                                directory.resolve(file.name() + ".lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                        FileLock lock = channel.lock()) {
                    assert lock.isValid();
                    fetchLocked(file, target);
                }
            }
        } catch (IOException e) {
            throw new UserException(
                    "cannot keep " + target + ": " + e + "; choose another directory with --cache-dir", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserException("the download of " + file.name() + " was interrupted; the next one resumes it", e);
        }
        return target;
    }

    private void fetchLocked(RemoteFile file, Path target) throws IOException, InterruptedException {
        if (Files.exists(target)) {
            String found = sha256(target);
            if (found.equals(file.sha256())) {
                return;
            }
            say(target + " is corrupt (SHA-256 " + found + ", expected " + file.sha256()
                    + "); deleted, downloading again");
            Files.delete(target);
        }
        List<String> failures = new ArrayList<>();
        for (URI address : file.addresses()) {
            try {
                fetchFrom(address, file, new PartialFile(target));
                return;
            } catch (TransferException e) {
                failures.add(address + ": " + e.getMessage());
            }
        }
        throw new UserException(
                "cannot download " + file.name() + " from " + String.join("; from ", failures) + REMEDY);
    }

    private void fetchFrom(URI address, RemoteFile file, PartialFile part)
            throws IOException, InterruptedException, TransferException {
        boolean resumed = part.size() > 0;
        transfer(address, file, part);
        try {
            verify(file, part);
        } catch (TransferException e) {
            if (!resumed) {
                throw e;
            }
            say(file.name() + ": what was left of an earlier download does not fit; downloading all of it");
            transfer(address, file, part);
            verify(file, part);
        }
        part.complete();
    }

    private void transfer(URI address, RemoteFile file, PartialFile part)
            throws IOException, InterruptedException, TransferException {
        for (int attempt = 1; part.size() != file.bytes(); attempt++) {
            try (TransferBar bar = new TransferBar(file.name(), file.bytes(), progress)) {
                transfer.run(address, part, file.bytes(), bar);
                return;
            } catch (TransferException e) {
                if (!e.isPassing() || attempt >= patience.attempts()) {
                    throw e;
                }
                say(address + ": " + e.getMessage() + "; trying again");
            }
            Thread.sleep(patience.pauseBefore(attempt + 1).toMillis());
        }
    }

    /** Deletes what does not have the checksum. */
    private static void verify(RemoteFile file, PartialFile part) throws IOException, TransferException {
        long bytes = part.size();
        String found = sha256(part.content());
        if (!found.equals(file.sha256())) {
            part.discard();
            throw new TransferException(
                    "wrong content, deleted (expected " + file.bytes() + " bytes with SHA-256 " + file.sha256()
                            + ", found " + bytes + " with " + found + ")",
                    false,
                    null);
        }
    }

    static String sha256(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        try (InputStream input = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private void say(String line) {
        progress.println(line);
        progress.flush();
    }
}
