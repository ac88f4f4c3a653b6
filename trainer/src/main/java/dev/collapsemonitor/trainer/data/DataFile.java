package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Opens data files, gzip-compressed (by the ending {@code .gz}) or raw, and says in one line what is wrong with one. */
final class DataFile {
    private static final String GZIP = ".gz";
    private static final int BUFFER = 1 << 16;

    private DataFile() {}

    /**
     * Lets a parser read the uncompressed content.
     *
     * @throws UserException when the file cannot be read, is no sound gzip file or ends too early
     */
    static <T> T read(Path file, Parser<T> parser) {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER);
                DataInputStream input =
                        new DataInputStream(isCompressed(file) ? new GZIPInputStream(raw, BUFFER) : raw)) {
            return parser.parse(input);
        } catch (ZipException e) {
            throw new UserException(file + " is not a sound gzip file (" + e.getMessage() + "); copy it again", e);
        } catch (EOFException e) {
            throw new UserException(file + " is truncated: it ends before its data does; copy it again", e);
        } catch (IOException e) {
            throw new UserException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    static boolean isCompressed(Path file) {
        return file.toString().endsWith(GZIP);
    }

    /** The file's name without the ending of gzip. */
    static String plainName(Path file) {
        String name = file.getFileName().toString();
        return isCompressed(file) ? name.substring(0, name.length() - GZIP.length()) : name;
    }

    /** The first of the folders' files with that name, compressed before raw. */
    static Optional<Path> find(List<Path> folders, String fileName) {
        return folders.stream()
                .flatMap(folder -> List.of(folder.resolve(fileName + GZIP), folder.resolve(fileName)).stream())
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /**
     * Makes sure of a directory before its files are looked for.
     *
     * @param dataset whose files are expected there
     */
    static void requireDirectory(Path directory, String dataset) {
        if (!Files.isDirectory(directory)) {
            throw new UserException("no directory " + directory.toAbsolutePath() + " with the files of " + dataset
                    + "; give theirs with --data-dir");
        }
    }

    /** Reads what it needs from the start of a file's content. */
    @FunctionalInterface
    interface Parser<T> {
        T parse(DataInputStream input) throws IOException;
    }
}
