package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The built-in data set: ten classes of small grey images, drawn by seeded code, so that a first look needs no file and
 * no network.
 *
 * <p>Every class is a figure of a few strokes in the unit square. A sample is its figure under a random affine warp
 * (rotation, scales, shear, shift), drawn with a random thickness and brightness, with one stray stroke and pixel noise.
 * The warps move the strokes over most of the image, so no linear model separates the classes, while a small network
 * fits them.
 */
public final class Strokes implements DataSource {
    /** Width and height of an image in pixels. */
    public static final int SIDE = 20;

    /** Training samples unless told otherwise. */
    public static final int DEFAULT_TRAIN = 4_000;

    /** Test samples unless told otherwise. */
    public static final int DEFAULT_TEST = 1_000;

    // Fills the largest Java array.
    private static final int MOST_SAMPLES = Integer.MAX_VALUE / (SIDE * SIDE) - 1;

    private static final List<Figure> FIGURES = Figure.all();

    private final int trainSamples;
    private final int testSamples;
    private final long seed;

    /** A data set of the usual size. */
    public Strokes(long seed) {
        this(DEFAULT_TRAIN, DEFAULT_TEST, seed);
    }

    /** A data set of balanced classes: sample i is of class i mod 10. */
    public Strokes(int trainSamples, int testSamples, long seed) {
        if (trainSamples < FIGURES.size() || testSamples < FIGURES.size()) {
            throw new UserException("strokes with " + trainSamples + " training and " + testSamples
                    + " test samples; draw " + FIGURES.size() + " or more of both, one of every class");
        }
        if (Math.max(trainSamples, testSamples) > MOST_SAMPLES) {
            throw new UserException("strokes with " + trainSamples + " training and " + testSamples
                    + " test samples; draw " + MOST_SAMPLES + " or fewer of each");
        }
        this.trainSamples = trainSamples;
        this.testSamples = testSamples;
        this.seed = seed;
    }

    @Override
    public Dataset load() {
        SplittableRandom random = new SplittableRandom(seed);
        Samples train = draw(trainSamples, random.split());
        Samples test = draw(testSamples, random.split());
        return new Dataset(
                "strokes",
                train,
                test,
                new SampleShape(1, SIDE, SIDE),
                FIGURES.stream().map(Figure::name).toList());
    }

    private static Samples draw(int count, SplittableRandom random) {
        int dimension = SIDE * SIDE;
        float[] features = new float[count * dimension];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = i % FIGURES.size();
            Canvas canvas = new Canvas(SIDE);
            StrokeBrush.paint(FIGURES.get(labels[i]), canvas, random.split());
            canvas.copyTo(features, i * dimension);
        }
        return new Samples(features, labels, dimension, FIGURES.size());
    }
}
