package dev.collapsemonitor.monitor.oracle;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * n_k; μ_k (float64); S_W (pooled d×d within-class scatter); v_k = Σ_{i∈k} ‖h_i−μ_k‖²: two passes over all rows, each
 * row with its weight.
 */
public final class SlowStatistics {

    private final int[] labels;
    private final int dimensions;
    private final double[] counts;
    private final double total;
    private final int[] present;
    private final Dd[][] means;
    private final double[][] deviations;
    private final double[] rowWeights;
    private final double[] variances;
    private final double[][] centred;
    private final Dd[] grandMean;

    private SlowStatistics(double[][] features, int[] labels, double[] rowWeights, int classes) {
        this.labels = labels;
        this.rowWeights = rowWeights;
        dimensions = features.length == 0 ? 0 : features[0].length;
        Sums[] n = sums(classes);
        Sums all = new Sums();
        for (int i = 0; i < labels.length; i++) {
            n[labels[i]].add(rowWeights[i]);
            all.add(rowWeights[i]);
        }
        counts = Arrays.stream(n).mapToDouble(Sums::value).toArray();
        total = all.value();
        present = IntStream.range(0, classes).filter(k -> counts[k] > 0).toArray();
        means = meansOf(features, n);
        deviations = deviationsOf(features);
        variances = new double[classes];
        for (int k = 0; k < classes; k++) {
            Sums v = new Sums();
            for (int i = 0; i < labels.length; i++) {
                if (labels[i] == k) {
                    addWeightedSquares(v, deviations[i], rowWeights[i]);
                }
            }
            variances[k] = v.value();
        }
        grandMean = grandMeanOf();
        centred = new double[present.length][dimensions];
        for (int k = 0; k < present.length; k++) {
            for (int j = 0; j < dimensions; j++) {
                centred[k][j] = means[present[k]][j].minus(grandMean[j]).value();
            }
        }
    }

    public static SlowStatistics of(Sample sample) {
        double[] rowWeights = new double[sample.labels().length];
        Arrays.setAll(rowWeights, sample::weightOf);
        return new SlowStatistics(sample.features(), sample.labels(), rowWeights, sample.classes());
    }

    /** n_k of every declared class (a sum of weights in rolling mode). */
    public double[] counts() {
        return counts.clone();
    }

    /** N = Σ_k n_k. */
    public double total() {
        return total;
    }

    /** The classes with samples, ascending. */
    public int[] present() {
        return present.clone();
    }

    /** μ_k of every declared class; zeros for a class without samples. */
    public double[][] means() {
        double[][] values = new double[means.length][dimensions];
        for (int k = 0; k < means.length; k++) {
            for (int j = 0; j < dimensions; j++) {
                values[k][j] = means[k][j].value();
            }
        }
        return values;
    }

    /** v_k = Σ_{i∈k} ‖h_i−μ_k‖² of every declared class. */
    public double[] variances() {
        return variances.clone();
    }

    /** S_W = Σ_i (h_i−μ_{y_i})(h_i−μ_{y_i})ᵀ. */
    public double[][] scatter() {
        Dd[][] exact = exactScatter();
        double[][] values = new double[dimensions][dimensions];
        for (int a = 0; a < dimensions; a++) {
            for (int b = 0; b < dimensions; b++) {
                values[a][b] = exact[a][b].value();
            }
        }
        return values;
    }

    /** tr(S_W) = Σ_k v_k. */
    public double scatterTrace() {
        Sums s = new Sums();
        for (double v : variances) {
            s.add(v);
        }
        return s.value();
    }

    /** M_c: rows μ_k − μ_G of the classes present, μ_G = (1/K) Σ_k μ_k. */
    public double[][] centredMeans() {
        return Svd.copy(centred);
    }

    int dimensions() {
        return dimensions;
    }

    Dd exactMean(int label, int j) {
        return means[label][j];
    }

    /** h_i − μ_{y_i}, row by row. */
    double[][] deviations() {
        return deviations;
    }

    double rowWeight(int row) {
        return rowWeights[row];
    }

    /** h − μ_G. */
    double[] fromGrandMean(double[] h) {
        return difference(h, grandMean);
    }

    /** h − μ_k. */
    double[] fromMean(double[] h, int label) {
        return difference(h, means[label]);
    }

    /** S_W in double-double. */
    Dd[][] exactScatter() {
        double[][] hi = new double[dimensions][dimensions];
        double[][] lo = new double[dimensions][dimensions];
        for (int i = 0; i < deviations.length; i++) {
            double[] x = deviations[i];
            for (int a = 0; a < dimensions; a++) {
                Dd wx = Dd.product(rowWeights[i], x[a]);
                for (int b = 0; b <= a; b++) {
                    double p = wx.hi() * x[b];
                    double q = Math.fma(wx.hi(), x[b], -p) + wx.lo() * x[b];
                    double s = hi[a][b] + p;
                    double t = s - hi[a][b];
                    lo[a][b] += (hi[a][b] - (s - t)) + (p - t) + q;
                    hi[a][b] = s;
                }
            }
        }
        Dd[][] scatter = new Dd[dimensions][dimensions];
        for (int a = 0; a < dimensions; a++) {
            for (int b = 0; b <= a; b++) {
                scatter[a][b] = Dd.sum(hi[a][b], lo[a][b]);
                scatter[b][a] = scatter[a][b];
            }
        }
        return scatter;
    }

    /** μ_k = r + mean of (h − r), r the first sample: exactly r when all samples are r. */
    private Dd[][] meansOf(double[][] features, Sums[] n) {
        int classes = n.length;
        Dd[][] result = new Dd[classes][dimensions];
        for (int k = 0; k < classes; k++) {
            double[] reference = null;
            Sums[] sums = sums(dimensions);
            for (int i = 0; i < labels.length; i++) {
                if (labels[i] != k || rowWeights[i] == 0) {
                    continue;
                }
                reference = reference == null ? features[i] : reference;
                for (int j = 0; j < dimensions; j++) {
                    Dd x = Dd.sum(features[i][j], -reference[j]);
                    sums[j].addProduct(rowWeights[i], x.hi());
                    sums[j].addProduct(rowWeights[i], x.lo());
                }
            }
            for (int j = 0; j < dimensions; j++) {
                result[k][j] = reference == null
                        ? Dd.ZERO
                        : Dd.of(reference[j]).plus(sums[j].exact().over(n[k].exact()));
            }
        }
        return result;
    }

    private double[][] deviationsOf(double[][] features) {
        double[][] result = new double[features.length][];
        for (int i = 0; i < features.length; i++) {
            result[i] = rowWeights[i] == 0 ? new double[dimensions] : difference(features[i], means[labels[i]]);
        }
        return result;
    }

    private Dd[] grandMeanOf() {
        Dd[] result = new Dd[dimensions];
        for (int j = 0; j < dimensions; j++) {
            Dd sum = Dd.ZERO;
            Dd reference = present.length == 0 ? Dd.ZERO : means[present[0]][j];
            for (int k : present) {
                sum = sum.plus(means[k][j].minus(reference));
            }
            result[j] = present.length == 0 ? Dd.ZERO : reference.plus(sum.over(present.length));
        }
        return result;
    }

    private static double[] difference(double[] h, Dd[] mean) {
        double[] x = new double[h.length];
        for (int j = 0; j < x.length; j++) {
            x[j] = Dd.of(h[j]).minus(mean[j]).value();
        }
        return x;
    }

    private static void addWeightedSquares(Sums sum, double[] x, double weight) {
        for (double v : x) {
            Dd square = Dd.product(v, v).times(weight);
            sum.add(square.hi());
            sum.add(square.lo());
        }
    }

    private static Sums[] sums(int size) {
        Sums[] sums = new Sums[size];
        Arrays.setAll(sums, j -> new Sums());
        return sums;
    }
}
