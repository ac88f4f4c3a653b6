package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.GramSum;
import dev.collapsemonitor.monitor.linalg.Matrix;
import java.util.Arrays;

/** A frozen view of the retained samples, sorted by class. */
public final class RetainedSamples {
    private static final int BLOCK_ROWS = 256;

    private final ClassSamples[] classes;
    private final int[] starts;
    private final int dimension;
    private final boolean complete;

    RetainedSamples(ClassSamples[] classes, int dimension, boolean complete) {
        this.classes = classes;
        this.dimension = dimension;
        this.complete = complete;
        starts = new int[classes.length + 1];
        for (int p = 0; p < classes.length; p++) {
            starts[p + 1] = starts[p] + classes[p].size();
        }
    }

    /** Number of retained samples. */
    public int size() {
        return starts[classes.length];
    }

    /** Whether every sample was retained. */
    public boolean complete() {
        return complete;
    }

    /** Retained samples of the p-th class present. */
    public int size(int p) {
        return classes[p].size();
    }

    /** Samples {@code from} to {@code from + count}, sorted by class; count × dimension. */
    public Matrix rows(int from, int count) {
        double[] rows = new double[count * dimension];
        for (int i = 0; i < count; i++) {
            int p = classOf(from + i);
            classes[p].copyRow(from + i - starts[p], rows, i * dimension);
        }
        return Matrix.of(count, dimension, rows);
    }

    /** Which of the classes present the i-th sample belongs to. */
    public int classOf(int i) {
        int found = Arrays.binarySearch(starts, i);
        int p = found >= 0 ? found : -found - 2;
        while (starts[p + 1] <= i) {
            p++; // classes without a retained sample start where the next one does
        }
        return p;
    }

    /**
     * Class means and S_W of the retained samples in float64, in one pass around a centre near each mean: S_W = Σ (h−c)(h−c)ᵀ
     * − Σ_k n_k (μ_k−c_k)(μ_k−c_k)ᵀ.
     *
     * @param centres c_k inside each class, present classes × dimension
     */
    Exact exact(Matrix centres) {
        Matrix offsets = Matrix.zeros(classes.length, dimension); // Σ (h − c), then √n_k (μ_k − c_k)
        GramSum products = new GramSum(dimension);
        double[] block = new double[BLOCK_ROWS * dimension];
        int rows = 0;
        for (int p = 0; p < classes.length; p++) {
            int of = p * dimension;
            for (int i = 0; i < size(p); i++) {
                int to = rows * dimension;
                classes[p].copyRow(i, block, to);
                for (int j = 0; j < dimension; j++) {
                    block[to + j] -= centres.data()[of + j];
                    offsets.data()[of + j] += block[to + j];
                }
                if (++rows == BLOCK_ROWS) {
                    products.add(block, rows);
                    rows = 0;
                }
            }
        }
        products.add(block, rows);
        Matrix means = Matrix.zeros(classes.length, dimension);
        for (int p = 0; p < classes.length; p++) {
            double root = Math.sqrt(size(p));
            for (int j = p * dimension; j < (p + 1) * dimension; j++) {
                means.data()[j] = centres.data()[j] + offsets.data()[j] / size(p);
                offsets.data()[j] /= root;
            }
        }
        products.subtract(offsets);
        return new Exact(means, products.sum());
    }

    /** Class means, classes × dimension, and S_W. */
    record Exact(Matrix means, Matrix scatter) {}

    /** Predicted label of the i-th sample; negative when none was published. */
    public int predicted(int i) {
        int p = classOf(i);
        return classes[p].predicted(i - starts[p]);
    }
}
