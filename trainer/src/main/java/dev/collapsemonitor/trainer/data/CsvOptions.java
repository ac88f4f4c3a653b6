package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.util.Optional;

/**
 * How a CSV file becomes a training and a test set.
 *
 * @param testFraction share of every class that goes to the test set, in (0, 1)
 * @param scaling of the features; when empty, what suits the data set: see {@link DatasetCatalog}
 */
public record CsvOptions(LabelColumn labelColumn, double testFraction, Optional<FeatureScaling> scaling) {
    /** The last column, a fifth for testing, the usual scaling. */
    public static final CsvOptions DEFAULTS = new CsvOptions(new LabelColumn.Last(), 0.2, Optional.empty());

    public CsvOptions {
        if (!(testFraction > 0 && testFraction < 1)) {
            throw new UserException("test fraction " + testFraction + " is not between 0 and 1; 0.2 is usual");
        }
    }

    /** The same with another label column. */
    public CsvOptions withLabelColumn(LabelColumn column) {
        return new CsvOptions(column, testFraction, scaling);
    }

    /** The same with another share for testing. */
    public CsvOptions withTestFraction(double fraction) {
        return new CsvOptions(labelColumn, fraction, scaling);
    }

    /** The same with a scaling of one's choice. */
    public CsvOptions withScaling(FeatureScaling chosen) {
        return new CsvOptions(labelColumn, testFraction, Optional.of(chosen));
    }
}
