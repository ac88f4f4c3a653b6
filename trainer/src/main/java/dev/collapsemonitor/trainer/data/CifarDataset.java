package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * CIFAR-10 from local files of its binary version, {@code .gz} or raw: {@code data_batch_1.bin} and on for training,
 * {@code test_batch.bin} for testing, in a directory or a usual subdirectory of it. What stands between the number and
 * {@code .bin} does not matter, so a part of a batch may say so in its name. Pixels become float in [0, 1],
 * channel-major; class names come from {@code batches.meta.txt} when it is there.
 */
public final class CifarDataset implements DataSource {
    static final String NAME = "cifar-10";
    /** The folder of the published archive. */
    static final String PUBLISHED_FOLDER = "cifar-10-batches-bin";

    private static final List<String> CLASSES =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");
    private static final List<String> SUBDIRECTORIES =
            List.of("", NAME, PUBLISHED_FOLDER, NAME + "/" + PUBLISHED_FOLDER, "cifar10-subset");
    private static final Pattern TRAIN = Pattern.compile("data_batch_(\\d{1,4})(\\..+)?\\.bin");
    private static final Pattern TEST = Pattern.compile("test_batch()(\\..+)?\\.bin");

    private final Path directory;

    public CifarDataset(Path directory) {
        this.directory = directory;
    }

    @Override
    public Dataset load() {
        DataFile.requireDirectory(directory, NAME);
        Path folder = folder();
        List<Path> train = batches(folder, TRAIN);
        List<Path> test = batches(folder, TEST);
        if (test.isEmpty()) {
            throw new UserException("no file test_batch.bin[.gz] of " + NAME + " beside " + train.get(0)
                    + "; copy it there, or give the directory that has both with --data-dir");
        }
        List<String> classNames = classNames(folder.resolve("batches.meta.txt"));
        return new Dataset(NAME, CifarFile.samples(train), CifarFile.samples(test), CifarFile.SHAPE, classNames);
    }

    private Path folder() {
        return SUBDIRECTORIES.stream()
                .map(directory::resolve)
                .filter(Files::isDirectory)
                .filter(folder -> !batches(folder, TRAIN).isEmpty())
                .findFirst()
                .orElseThrow(() -> new UserException("no file data_batch_1.bin[.gz] of " + NAME + " in "
                        + directory.toAbsolutePath() + " or its subdirectory cifar-10, cifar-10-batches-bin or"
                        + " cifar10-subset; give the directory that has it with --data-dir"));
    }

    /** Files in the order of their numbers; of a file both compressed and raw, the raw one. */
    private static List<Path> batches(Path folder, Pattern pattern) {
        Map<Integer, Path> byNumber = new TreeMap<>();
        for (Path file : list(folder)) {
            Matcher matcher = pattern.matcher(DataFile.plainName(file));
            if (!matcher.matches()) {
                continue;
            }
            int number = matcher.group(1).isEmpty() ? 0 : Integer.parseInt(matcher.group(1));
            Path other = byNumber.put(number, file);
            if (other != null && !DataFile.plainName(other).equals(DataFile.plainName(file))) {
                throw new UserException(other + " and " + file.getFileName()
                        + " are both there for the same batch; keep one of them in the directory");
            }
        }
        return new ArrayList<>(byNumber.values());
    }

    /** Compressed files before raw ones of the same name. */
    private static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .sorted((a, b) ->
                            b.getFileName().toString().compareTo(a.getFileName().toString()))
                    .toList();
        } catch (IOException e) {
            throw new UserException("cannot list " + folder + ": " + e.getMessage(), e);
        }
    }

    private static List<String> classNames(Path file) {
        if (!Files.isRegularFile(file)) {
            return CLASSES;
        }
        List<String> names = DataFile.read(file, input -> new String(input.readAllBytes(), StandardCharsets.UTF_8))
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        return Optional.of(names)
                .filter(found -> found.size() == CLASSES.size())
                .orElseThrow(() -> new UserException(file + " holds " + names.size() + " class names, but " + NAME
                        + " has " + CLASSES.size() + "; give one a line, or remove the file"));
    }
}
