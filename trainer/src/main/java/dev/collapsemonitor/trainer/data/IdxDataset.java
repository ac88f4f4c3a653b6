package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.nio.file.Path;
import java.util.List;

/**
 * MNIST or Fashion-MNIST from local IDX files with their usual names, {@code .gz} or raw, in a directory or in its
 * subdirectory named after the data set. Pixels become float in [0, 1].
 */
public final class IdxDataset implements DataSource {
    private static final List<String> MNIST_CLASSES = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    private static final List<String> FASHION_CLASSES = List.of(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot");

    private final String name;
    private final List<String> classNames;
    private final Path directory;

    private IdxDataset(String name, List<String> classNames, Path directory) {
        this.name = name;
        this.classNames = classNames;
        this.directory = directory;
    }

    /** Handwritten digits. */
    public static IdxDataset mnist(Path directory) {
        return new IdxDataset("mnist", MNIST_CLASSES, directory);
    }

    /** Pieces of clothing. */
    public static IdxDataset fashionMnist(Path directory) {
        return new IdxDataset("fashion-mnist", FASHION_CLASSES, directory);
    }

    @Override
    public Dataset load() {
        DataFile.requireDirectory(directory, name);
        Images train = images("train");
        Images test = images("t10k");
        if (!train.shape().equals(test.shape())) {
            throw new UserException("the training images of " + name + " in " + directory.toAbsolutePath() + " are "
                    + train.shape() + ", its test images " + test.shape() + "; take both from the same set");
        }
        return new Dataset(name, train.samples(), test.samples(), train.shape(), classNames);
    }

    private Images images(String prefix) {
        Path imageFile = find(prefix + "-images-idx3-ubyte");
        Path labelFile = find(prefix + "-labels-idx1-ubyte");
        IdxFile.Images images = IdxFile.images(imageFile);
        byte[] labels = IdxFile.labels(labelFile);
        if (labels.length != images.count()) {
            throw new UserException(imageFile + " holds " + images.count() + " images, but " + labelFile + " "
                    + labels.length + " labels; take both files from the same set");
        }
        int[] classes = new int[labels.length];
        for (int i = 0; i < labels.length; i++) {
            classes[i] = labels[i] & 0xff;
            if (classes[i] >= classNames.size()) {
                throw new UserException(labelFile + ": label " + i + " is " + classes[i] + ", but " + name
                        + " has the classes 0 to " + (classNames.size() - 1));
            }
        }
        byte[] pixels = images.pixels();
        float[] features = new float[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            features[i] = (pixels[i] & 0xff) / 255f;
        }
        SampleShape shape = new SampleShape(1, images.rows(), images.columns());
        return new Images(new Samples(features, classes, shape.length(), classNames.size()), shape);
    }

    private Path find(String fileName) {
        return DataFile.find(List.of(directory, directory.resolve(name)), fileName)
                .orElseThrow(() -> new UserException("no file " + fileName + "[.gz] of " + name + " in "
                        + directory.toAbsolutePath() + " or its subdirectory " + name
                        + "; give the directory that has it with --data-dir"));
    }

    private record Images(Samples samples, SampleShape shape) {}
}
