package dev.collapsemonitor.trainer.arrays;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A {@code .npz} archive: a zip file of {@code .npy} members, stored or deflated. */
public final class NpzFile {
    private static final String SUFFIX = ".npy";

    private final Path file;
    private final List<String> names;

    private NpzFile(Path file, List<String> names) {
        this.file = file;
        this.names = names;
    }

    /**
     * Opens an archive.
     *
     * @throws UserException when it is missing or is no zip file
     */
    public static NpzFile open(Path file) {
        if (!Files.exists(file)) {
            throw new UserException(
                    "no file " + file + " (looked in " + Path.of("").toAbsolutePath() + "); check the path");
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            List<String> names = zip.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .toList();
            return new NpzFile(file, names);
        } catch (IOException e) {
            throw notAnArchive(file, e);
        }
    }

    /** Names of the arrays, in the order of the archive. */
    public List<String> names() {
        return names;
    }

    /**
     * Opens one array. It is extracted to a temporary file, since a deflated member cannot be mapped; the file goes when
     * the JVM ends.
     *
     * @throws UserException when there is no such array
     */
    public NpyArray array(String name) {
        if (!names.contains(name)) {
            throw new UserException(file + " has no array \"" + name + "\"; it has " + String.join(", ", names));
        }
        try (ZipFile zip = new ZipFile(file.toFile());
                InputStream member = zip.getInputStream(zip.getEntry(name + SUFFIX))) {
            Path extracted = Files.createTempFile("collapse-", SUFFIX);
            extracted.toFile().deleteOnExit();
            Files.copy(member, extracted, StandardCopyOption.REPLACE_EXISTING);
            return NpyArray.open(extracted, file + ":" + name);
        } catch (IOException e) {
            throw notAnArchive(file, e);
        }
    }

    private static UserException notAnArchive(Path file, IOException e) {
        return new UserException(
                file + " is not a readable .npz archive (" + e.getMessage() + "); save it with numpy.savez", e);
    }
}
