package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A CSV file of numeric features with a label column, {@code .gz} or raw, split by class into a training and a test set.
 *
 * <p>A header is optional: a first line without any number is one. So is scikit-learn's first line of counts: rows,
 * features, then the class names. Labels that are all integers are classes in numeric order; other labels are class
 * names in alphabetic order, so that neither the order of the rows nor the split decides which class is which.
 */
final class CsvDataset implements DataSource {
    private final String name;
    private final Path file;
    private final LabelColumn labelColumn;
    private final double testFraction;
    private final FeatureScaling scaling;
    private final Optional<SampleShape> shape;
    private final long seed;

    /**
     * A file's data set.
     *
     * @param shape of a sample; when empty, a plain vector
     * @param usual the scaling unless the options name another
     */
    CsvDataset(
            String name, Path file, CsvOptions options, Optional<SampleShape> shape, FeatureScaling usual, long seed) {
        this.name = name;
        this.file = file;
        this.labelColumn = options.labelColumn();
        this.testFraction = options.testFraction();
        this.scaling = options.scaling().orElse(usual);
        this.shape = shape;
        this.seed = seed;
    }

    @Override
    public Dataset load() {
        CsvTable table = DataFile.read(file, input -> CsvTable.read(file, input, labelColumn));
        CsvLabels labels = CsvLabels.of(table);
        SampleShape sampleShape = shape.orElseGet(() -> SampleShape.flat(table.columns()));
        if (sampleShape.length() != table.columns()) {
            throw new UserException(file + " has " + table.columns() + " features, but a sample of " + name + " has "
                    + sampleShape.length() + "; is it the right file and label column?");
        }
        Samples all = new Samples(
                table.features(),
                labels.labels(),
                table.columns(),
                labels.classNames().size());
        StratifiedSplit split = StratifiedSplit.of(all, labels.classNames(), testFraction, seed, file.toString());
        scaling.scale(split.train(), split.test());
        return new Dataset(name, split.train(), split.test(), sampleShape, labels.classNames());
    }
}
