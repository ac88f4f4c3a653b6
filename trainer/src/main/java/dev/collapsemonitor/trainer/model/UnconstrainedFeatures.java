package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.data.DataSource;
import dev.collapsemonitor.trainer.data.Dataset;
import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.data.Samples;
import java.util.stream.IntStream;

/**
 * The data of the {@link UnconstrainedFeaturesModel}: sample i is the number i, of class i mod K.
 *
 * <p>There is nothing to generalise to, so the test set is the training set.
 *
 * @param classes K
 * @param perClass samples of each class
 */
public record UnconstrainedFeatures(int classes, int perClass) implements DataSource {
    /** What the data set is called on the command line. */
    public static final String NAME = "unconstrained";

    // The largest index that float32 holds exactly.
    private static final int MOST = 1 << 24;

    public UnconstrainedFeatures {
        if (classes < 2 || perClass < 1 || (long) classes * perClass > MOST) {
            throw new IllegalArgumentException(classes + " classes of " + perClass + " samples");
        }
    }

    @Override
    public Dataset load() {
        int count = classes * perClass;
        float[] indices = new float[count];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            indices[i] = i;
            labels[i] = i % classes;
        }
        Samples samples = new Samples(indices, labels, 1, classes);
        return new Dataset(
                NAME,
                samples,
                samples,
                SampleShape.flat(1),
                IntStream.range(0, classes).mapToObj(String::valueOf).toList());
    }
}
