package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The data sets by name.
 *
 * <ul>
 *   <li>{@code strokes}: built in;
 *   <li>{@code mnist}, {@code fashion-mnist}, {@code cifar-10}: local files, or downloaded on request;
 *   <li>{@code digits} (8 x 8 images, scaled to [0, 1]), {@code iris} (standardised): local CSV files;
 *   <li>{@code csv:FILE}: any CSV file with a label column (standardised); a relative path starts at the directory, if
 *       one is given.
 * </ul>
 */
public final class DatasetCatalog {
    private static final String CSV_PREFIX = "csv:";
    private static final String STROKES = "strokes";
    private static final String MNIST = "mnist";
    private static final String FASHION_MNIST = "fashion-mnist";
    private static final String DIGITS = "digits";
    private static final String IRIS = "iris";
    private static final SampleShape DIGIT = new SampleShape(1, 8, 8);

    private final RemoteFiles remoteFiles;
    private final Patience patience;

    /** The catalogue with the public addresses. */
    public DatasetCatalog() {
        this(RemoteFiles.published(), Patience.USUAL);
    }

    DatasetCatalog(RemoteFiles remoteFiles, Patience patience) {
        this.remoteFiles = remoteFiles;
        this.patience = patience;
    }

    /** What a user can name; the last stands for any file. */
    public static List<String> names() {
        return List.of(STROKES, MNIST, FASHION_MNIST, CifarDataset.NAME, DIGITS, IRIS, CSV_PREFIX + "FILE");
    }

    /**
     * The data set of that name; nothing is read or fetched before it is loaded.
     *
     * @throws UserException when there is none, or when its files are nowhere to be had
     */
    public DataSource source(String name, DataOptions options) {
        if (name.startsWith(CSV_PREFIX)) {
            return csvFile(name, options);
        }
        return switch (name) {
            case STROKES ->
                new Strokes(
                        options.strokesTrain().orElse(Strokes.DEFAULT_TRAIN),
                        options.strokesTest().orElse(Strokes.DEFAULT_TEST),
                        options.seed());
            case MNIST -> local(name, options, IdxDataset::mnist);
            case FASHION_MNIST -> local(name, options, IdxDataset::fashionMnist);
            case CifarDataset.NAME -> local(name, options, CifarDataset::new);
            case DIGITS ->
                local(
                        name,
                        options,
                        directory -> csv(name, directory, options, Optional.of(DIGIT), FeatureScaling.UNIT_RANGE));
            case IRIS ->
                local(
                        name,
                        options,
                        directory -> csv(name, directory, options, Optional.empty(), FeatureScaling.STANDARDISE));
            default ->
                throw new UserException("--dataset " + name + " is unknown; use one of " + String.join(", ", names()));
        };
    }

    private DataSource local(String name, DataOptions options, Function<Path, DataSource> reader) {
        if (options.location() instanceof DataLocation.Directory at) {
            return reader.apply(at.directory());
        }
        List<RemoteFile> files = remoteFiles.of(name);
        if (files.isEmpty()) {
            throw new UserException("--dataset " + name + " needs --data-dir, the directory with its files"
                    + (options.location() instanceof DataLocation.Download ? "; it cannot be downloaded" : ""));
        }
        if (options.location() instanceof DataLocation.Download to) {
            Path directory = to.cacheDirectory().resolve(name);
            return () -> {
                fetch(name, files, directory, options.progress());
                return reader.apply(directory).load();
            };
        }
        throw new UserException(
                "--dataset " + name + " needs --data-dir, the directory with its files, or --download to fetch them");
    }

    private void fetch(String name, List<RemoteFile> files, Path directory, PrintWriter progress) {
        Downloader downloader = new Downloader(patience, progress);
        for (RemoteFile file : files) {
            Path local = downloader.fetch(file, directory);
            if (name.equals(CifarDataset.NAME)) {
                CifarArchive.extract(local, directory.resolve(CifarDataset.PUBLISHED_FOLDER));
            }
        }
    }

    private static DataSource csvFile(String name, DataOptions options) {
        if (options.location() instanceof DataLocation.Download) {
            throw new UserException("--dataset " + name + " is a local file; leave out --download");
        }
        Path path = Path.of(name.substring(CSV_PREFIX.length()));
        Path file = options.location() instanceof DataLocation.Directory at
                ? at.directory().resolve(path)
                : path;
        if (!Files.isRegularFile(file)) {
            throw new UserException("--dataset " + name + ": there is no file " + file.toAbsolutePath()
                    + "; give the path of a CSV file");
        }
        return new CsvDataset(
                DataFile.plainName(file),
                file,
                options.csv(),
                Optional.empty(),
                FeatureScaling.STANDARDISE,
                options.seed());
    }

    /** The label is the last column of these sets, whatever the options say of other files. */
    private static DataSource csv(
            String name, Path directory, DataOptions options, Optional<SampleShape> shape, FeatureScaling usual) {
        CsvOptions csv = options.csv().withLabelColumn(new LabelColumn.Last());
        return () -> {
            DataFile.requireDirectory(directory, name);
            String fileName = name + ".csv";
            Path file = DataFile.find(List.of(directory, directory.resolve(name)), fileName)
                    .orElseThrow(() -> new UserException(
                            "no file " + fileName + "[.gz] in " + directory.toAbsolutePath() + " or its subdirectory "
                                    + name + "; give the directory that has it with --data-dir"));
            return new CsvDataset(name, file, csv, shape, usual, options.seed()).load();
        };
    }
}
