package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.nio.file.Path;
import java.util.Optional;

/** Where the files of a data set are. */
public sealed interface DataLocation {
    /** Nowhere said: enough for the built-in set and for {@code csv:FILE}. */
    record Unspecified() implements DataLocation {}

    /** In a local directory, or in a subdirectory of it with a usual name. */
    record Directory(Path directory) implements DataLocation {}

    /** On a public server; a copy is kept in the cache directory and used from then on. */
    record Download(Path cacheDirectory) implements DataLocation {}

    /**
     * From the options of a command.
     *
     * @param directory {@code --data-dir}
     * @param download {@code --download}
     * @param cacheDirectory where downloads go; when empty, the user's cache directory
     */
    static DataLocation of(Optional<Path> directory, boolean download, Optional<Path> cacheDirectory) {
        if (directory.isPresent() && download) {
            throw new UserException(
                    "--data-dir " + directory.get() + " with --download: give the one when the files are"
                            + " there, the other to fetch them; --cache-dir says where they are kept");
        }
        if (download) {
            return new Download(cacheDirectory.orElseGet(
                    () -> CacheDirectory.usual(System.getenv(), System.getProperty("user.home"))));
        }
        return directory.<DataLocation>map(Directory::new).orElseGet(Unspecified::new);
    }
}
