package dev.collapsemonitor.trainer.data;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.OptionalInt;

/**
 * What a data set may be told.
 *
 * @param location of its files
 * @param csv for those that are CSV files
 * @param strokesTrain training samples to draw, for the built-in set; when empty, {@link Strokes#DEFAULT_TRAIN}
 * @param strokesTest test samples to draw, for the built-in set; when empty, {@link Strokes#DEFAULT_TEST}
 * @param seed of what is drawn and of splits
 * @param progress where downloads say how far they are
 */
public record DataOptions(
        DataLocation location,
        CsvOptions csv,
        OptionalInt strokesTrain,
        OptionalInt strokesTest,
        long seed,
        PrintWriter progress) {
    /** Nothing said but a seed. */
    public static DataOptions defaults(long seed) {
        return new DataOptions(
                new DataLocation.Unspecified(),
                CsvOptions.DEFAULTS,
                OptionalInt.empty(),
                OptionalInt.empty(),
                seed,
                new PrintWriter(Writer.nullWriter()));
    }

    /** The same elsewhere. */
    public DataOptions at(DataLocation place) {
        return new DataOptions(place, csv, strokesTrain, strokesTest, seed, progress);
    }

    /** The same with other options for CSV files. */
    public DataOptions withCsv(CsvOptions options) {
        return new DataOptions(location, options, strokesTrain, strokesTest, seed, progress);
    }

    /** The same with other sizes of the built-in set. */
    public DataOptions withStrokes(OptionalInt train, OptionalInt test) {
        return new DataOptions(location, csv, train, test, seed, progress);
    }

    /** The same with downloads that say how far they are. */
    public DataOptions withProgress(PrintWriter writer) {
        return new DataOptions(location, csv, strokesTrain, strokesTest, seed, writer);
    }
}
