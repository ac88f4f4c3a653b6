package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.trainer.data.DataLocation;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options that say where the files of a data set are. */
final class DataFileOptions {
    @Option(names = "--data-dir", paramLabel = "DIR", description = "Directory of the data set's files.")
    Path dataDir;

    @Option(names = "--download", description = "Fetch the data set unless it was fetched before.")
    boolean download;

    @Option(
            names = "--cache-dir",
            paramLabel = "DIR",
            description = "Where --download keeps files. Default: the user's cache directory.")
    Path cacheDir;

    DataLocation location() {
        return DataLocation.of(Optional.ofNullable(dataDir), download, Optional.ofNullable(cacheDir));
    }
}
