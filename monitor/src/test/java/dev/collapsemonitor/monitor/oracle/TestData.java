package dev.collapsemonitor.monitor.oracle;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Features with labels, made from a seed: the same on every machine. Unless a method says otherwise every value is a
 * float held in a double, so that an engine fed {@link #flattened()} sees the same numbers as the oracle.
 *
 * @param features rows × d
 * @param labels one per row
 * @param classes K as declared; some may have no rows
 * @param centres the planted class centres, K × d
 */
public record TestData(double[][] features, int[] labels, int classes, double[][] centres) {

    /** {@code perClass} rows of each class: {@link #clusters(long, int[], int, double, double, double)}. */
    public static TestData clusters(
            long seed, int classes, int d, int perClass, double spread, double meanOffset, double scale) {
        int[] counts = new int[classes];
        Arrays.fill(counts, perClass);
        return clusters(seed, counts, d, spread, meanOffset, scale);
    }

    /**
     * Gaussian clusters, rows in random order: h = scale·(meanOffset + c_k + spread·z), centres c_k standard normal, z
     * normal with a standard deviation between ½ and 1½ that differs from dimension to dimension.
     *
     * @param counts rows of each class: 0 for an empty class, 1 for a class of one, unequal for imbalance
     */
    public static TestData clusters(long seed, int[] counts, int d, double spread, double meanOffset, double scale) {
        return aroundCentres(
                        seed,
                        normal(new Random(seed ^ 0x5DEECE66DL), counts.length, d),
                        counts,
                        spread,
                        meanOffset,
                        scale)
                .rounded();
    }

    /** As {@link #clusters(long, int[], int, double, double, double)} but not rounded to float. */
    public static TestData clusters64(long seed, int[] counts, int d, double spread, double meanOffset, double scale) {
        return aroundCentres(
                seed, normal(new Random(seed ^ 0x5DEECE66DL), counts.length, d), counts, spread, meanOffset, scale);
    }

    /** Clusters where the last two classes have the same rows, so that their means coincide exactly. */
    public static TestData coincidingMeans(long seed, int classes, int d, int perClass, double spread) {
        TestData data = clusters(seed, classes, d, perClass, spread, 0, 1).byClass();
        double[][] features = Svd.copy(data.features);
        for (int i = 0; i < perClass; i++) {
            features[(classes - 1) * perClass + i] = features[(classes - 2) * perClass + i].clone();
        }
        return new TestData(features, data.labels, classes, data.centres).shuffled(seed);
    }

    /** Clusters where the last two centres coincide but the means of the rows differ by the noise. */
    public static TestData coincidingCentres(long seed, int classes, int d, int perClass, double spread) {
        double[][] centres = normal(new Random(seed ^ 0x5DEECE66DL), classes, d);
        centres[classes - 1] = centres[classes - 2].clone();
        int[] counts = new int[classes];
        Arrays.fill(counts, perClass);
        return aroundCentres(seed, centres, counts, spread, 0, 1).rounded();
    }

    /** Clusters where {@code dead} dimensions, spread over all, are zero in every row (dead units). */
    public static TestData deadUnits(long seed, int classes, int d, int perClass, double spread, int dead) {
        TestData data = clusters(seed, classes, d, perClass, spread, 0, 1);
        for (double[] row : data.features) {
            for (int j = 0; j < dead; j++) {
                row[j * d / dead] = 0;
            }
        }
        return data;
    }

    /**
     * An exact simplex ETF without within-class variance: μ_k − μ_G = scale·(K e_k − 1) in the first K dimensions, d ≥
     * K; integers times the scale.
     */
    public static TestData exactEtf(int classes, int d, int perClass, double scale) {
        double[][] centres = etfCentres(classes, d, scale);
        double[][] features = new double[classes * perClass][];
        int[] labels = new int[classes * perClass];
        for (int i = 0; i < features.length; i++) {
            labels[i] = i % classes;
            features[i] = centres[labels[i]].clone();
        }
        return new TestData(features, labels, classes, centres);
    }

    /**
     * An exact simplex ETF (scale 1) with within-class scatter known exactly: each class has the rows centre ± a·e_j for
     * every dimension j, so Σ_W = (a²/d)·I. With a power of two for a all values are exact.
     */
    public static TestData plantedNoise(int classes, int d, double a) {
        double[][] centres = etfCentres(classes, d, 1);
        double[][] features = new double[classes * 2 * d][];
        int[] labels = new int[features.length];
        int row = 0;
        for (int k = 0; k < classes; k++) {
            for (int j = 0; j < d; j++) {
                for (int sign = -1; sign <= 1; sign += 2) {
                    features[row] = centres[k].clone();
                    features[row][j] += sign * a;
                    labels[row++] = k;
                }
            }
        }
        return new TestData(features, labels, classes, centres);
    }

    /** Every row the same, awkward to sum: 0.1f·(j+1). */
    public static TestData constant(int classes, int d, int perClass) {
        double[][] features = new double[classes * perClass][d];
        int[] labels = new int[features.length];
        for (int i = 0; i < features.length; i++) {
            labels[i] = i % classes;
            for (int j = 0; j < d; j++) {
                features[i][j] = 0.1f * (j + 1);
            }
        }
        return new TestData(features, labels, classes, new double[classes][d]);
    }

    /** Uniform in ±1/√columns, as layers are initialised; floats. */
    public static double[][] randomWeights(long seed, int rows, int columns) {
        Random random = new Random(seed);
        double[][] w = new double[rows][columns];
        for (double[] row : w) {
            for (int j = 0; j < columns; j++) {
                row[j] = (float) ((2 * random.nextDouble() - 1) / Math.sqrt(columns));
            }
        }
        return w;
    }

    /** A matrix with the given singular values and random singular vectors; not rounded to float. */
    public static double[][] withSpectrum(long seed, int rows, int columns, double... singularValues) {
        Random random = new Random(seed);
        double[][] left = orthonormal(normal(random, singularValues.length, rows));
        double[][] right = orthonormal(normal(random, singularValues.length, columns));
        double[][] w = new double[rows][columns];
        for (int s = 0; s < singularValues.length; s++) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    w[i][j] += singularValues[s] * left[s][i] * right[s][j];
                }
            }
        }
        return w;
    }

    /**
     * A classifier, one row per class: (1−noise)·(centre − mean centre)/√d + noise·uniform; noise 1 is a random start, 0 is
     * aligned with the planted centres. Floats.
     */
    public double[][] alignedWeights(long seed, double noise) {
        int d = dimensions();
        double[][] w = randomWeights(seed, classes, d);
        for (int j = 0; j < d; j++) {
            double mean = 0;
            for (double[] centre : centres) {
                mean += centre[j] / classes;
            }
            for (int k = 0; k < classes; k++) {
                w[k][j] = (float) ((1 - noise) * (centres[k][j] - mean) / Math.sqrt(d) + noise * w[k][j]);
            }
        }
        return w;
    }

    /** Small random biases; floats. */
    public double[] randomBias(long seed) {
        return randomWeights(seed, 1, classes)[0];
    }

    /** The labels, but a fraction of them replaced by another class at random. */
    public int[] predictions(long seed, double errors) {
        Random random = new Random(seed);
        int[] predictions = labels.clone();
        for (int i = 0; i < predictions.length; i++) {
            if (classes > 1 && random.nextDouble() < errors) {
                predictions[i] = (predictions[i] + 1 + random.nextInt(classes - 1)) % classes;
            }
        }
        return predictions;
    }

    public int rows() {
        return features.length;
    }

    public int dimensions() {
        return features[0].length;
    }

    public Sample sample() {
        return Sample.of(features, labels, classes);
    }

    /** Row by row. */
    public float[] flattened() {
        return flatten(features);
    }

    /** Row by row. */
    public double[] flattened64() {
        return Arrays.stream(features).flatMapToDouble(Arrays::stream).toArray();
    }

    /** Row by row. */
    public static float[] flatten(double[][] matrix) {
        int columns = matrix.length == 0 ? 0 : matrix[0].length;
        float[] flat = new float[matrix.length * columns];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < columns; j++) {
                flat[i * columns + j] = (float) matrix[i][j];
            }
        }
        return flat;
    }

    /** Rows from…to−1. */
    public TestData slice(int from, int to) {
        return new TestData(
                Arrays.copyOfRange(features, from, to), Arrays.copyOfRange(labels, from, to), classes, centres);
    }

    public TestData shuffled(long seed) {
        Random random = new Random(seed);
        int[] order = new int[rows()];
        for (int i = 0; i < order.length; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return reordered(order);
    }

    /** Rows sorted by class, otherwise in their order. */
    public TestData byClass() {
        return reordered(IntStream.range(0, rows())
                .boxed()
                .sorted(Comparator.comparingInt(i -> labels[i]))
                .mapToInt(Integer::intValue)
                .toArray());
    }

    /** Features times a number; exact for powers of two. */
    public TestData scaled(double factor) {
        return new TestData(times(features, factor), labels, classes, times(centres, factor));
    }

    /** Features mapped by a random orthogonal matrix; not rounded to float. */
    public TestData rotated(long seed) {
        double[][] q = randomOrthogonal(seed, dimensions());
        return new TestData(map(features, q), labels, classes, map(centres, q));
    }

    /** n × n, rows orthonormal. */
    public static double[][] randomOrthogonal(long seed, int n) {
        return orthonormal(normal(new Random(seed), n, n));
    }

    /** Every row h replaced by Qh. */
    public static double[][] map(double[][] rows, double[][] q) {
        double[][] mapped = new double[rows.length][q.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < q.length; j++) {
                mapped[i][j] = Sums.dot(rows[i], q[j]);
            }
        }
        return mapped;
    }

    private TestData reordered(int[] order) {
        double[][] newFeatures = new double[order.length][];
        int[] newLabels = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            newFeatures[i] = features[order[i]];
            newLabels[i] = labels[order[i]];
        }
        return new TestData(newFeatures, newLabels, classes, centres);
    }

    private TestData rounded() {
        double[][] floats = Svd.copy(features);
        for (double[] row : floats) {
            for (int j = 0; j < row.length; j++) {
                row[j] = (float) row[j];
            }
        }
        return new TestData(floats, labels, classes, centres);
    }

    private static TestData aroundCentres(
            long seed, double[][] centres, int[] counts, double spread, double meanOffset, double scale) {
        Random random = new Random(seed);
        int d = centres[0].length;
        double[] deviation = new double[d];
        Arrays.setAll(deviation, j -> spread * (0.5 + random.nextDouble()));
        double[][] planted = new double[counts.length][d];
        double[][] features = new double[Arrays.stream(counts).sum()][d];
        int[] labels = new int[features.length];
        int row = 0;
        for (int k = 0; k < counts.length; k++) {
            for (int j = 0; j < d; j++) {
                planted[k][j] = scale * (meanOffset + centres[k][j]);
            }
            for (int i = 0; i < counts[k]; i++) {
                for (int j = 0; j < d; j++) {
                    features[row][j] = scale * (meanOffset + centres[k][j] + deviation[j] * random.nextGaussian());
                }
                labels[row++] = k;
            }
        }
        return new TestData(features, labels, counts.length, planted).shuffled(seed);
    }

    private static double[][] etfCentres(int classes, int d, double scale) {
        double[][] centres = new double[classes][d];
        for (int k = 0; k < classes; k++) {
            for (int j = 0; j < classes; j++) {
                centres[k][j] = scale * (j == k ? classes - 1 : -1);
            }
        }
        return centres;
    }

    private static double[][] normal(Random random, int rows, int columns) {
        double[][] x = new double[rows][columns];
        for (double[] row : x) {
            for (int j = 0; j < columns; j++) {
                row[j] = random.nextGaussian();
            }
        }
        return x;
    }

    /** Gram–Schmidt on the rows, twice. */
    private static double[][] orthonormal(double[][] rows) {
        for (int i = 0; i < rows.length; i++) {
            for (int pass = 0; pass < 2; pass++) {
                for (int p = 0; p < i; p++) {
                    double along = Sums.dot(rows[i], rows[p]);
                    for (int j = 0; j < rows[i].length; j++) {
                        rows[i][j] -= along * rows[p][j];
                    }
                }
            }
            double norm = Sums.norm(rows[i]);
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] /= norm;
            }
        }
        return rows;
    }

    private static double[][] times(double[][] x, double factor) {
        double[][] y = Svd.copy(x);
        for (double[] row : y) {
            for (int j = 0; j < row.length; j++) {
                row[j] *= factor;
            }
        }
        return y;
    }
}
