package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Matrix;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Statistics of one layer's features, grown batch by batch: one pass, exact however far the features lie from the
 * origin and however small their spread is.
 *
 * <p>S_W = Σ (h−r)(h−r)ᵀ − Σ_k n_k (μ_k−r_k)(μ_k−r_k)ᵀ with a fixed reference r_k inside each class, so no uncentred
 * second moment is ever formed. Not safe for use by several threads.
 */
public final class LayerAccumulator implements AutoCloseable {
    /** Weight of a new sample, relative to when decay began, above which everything is scaled back to one. */
    private static final double MAX_UNIT = 0x1p10;

    final int classes;
    final int dimension;
    final boolean doubleFeatures;
    final Scatter scatter; // null above the bound on the dimension
    final ClassMoments[] moments;
    final Reservoir reservoir;
    double normSum;
    double unit = 1;
    boolean decayed;
    long observed;
    private final boolean single;
    private final List<ClassMoments> offCentre = new ArrayList<>(); // of the batch in work

    /** Statistics of an unknown number of samples. */
    public LayerAccumulator(int classes, int dimension, boolean doubleFeatures, AccumulatorLimits limits) {
        this(classes, dimension, doubleFeatures, limits, Long.MAX_VALUE);
    }

    /**
     * @param doubleFeatures whether the features come as float64
     * @param expectedRows about how many samples there will be: products of few are formed in float64 in any dimension
     * @throws IllegalArgumentException when classes or dimension are not positive
     */
    public LayerAccumulator(
            int classes, int dimension, boolean doubleFeatures, AccumulatorLimits limits, long expectedRows) {
        this(
                classes,
                dimension,
                doubleFeatures,
                limits,
                limits.singlePrecision(classes, dimension, doubleFeatures, expectedRows));
    }

    LayerAccumulator(int classes, int dimension, boolean doubleFeatures, AccumulatorLimits limits, boolean single) {
        if (classes < 1 || dimension < 1) {
            throw new IllegalArgumentException(
                    classes + " classes of dimension " + dimension + ": both must be positive");
        }
        this.classes = classes;
        this.dimension = dimension;
        this.doubleFeatures = doubleFeatures;
        this.single = single;
        boolean keepsScatter = dimension <= limits.maxScatterDimension();
        scatter = !keepsScatter ? null : single ? new FloatScatter(dimension) : new DoubleScatter(dimension);
        moments = new ClassMoments[classes];
        reservoir = new Reservoir(
                classes,
                dimension,
                doubleFeatures,
                limits.retainedRows(classes, dimension, doubleFeatures),
                limits.retention());
    }

    /** Bytes that an accumulator of an unknown number of samples grows to at most, on and off the heap. */
    public static long memoryBytes(int classes, int dimension, boolean doubleFeatures, AccumulatorLimits limits) {
        return memoryBytes(classes, dimension, doubleFeatures, limits, Long.MAX_VALUE);
    }

    /** Bytes that an accumulator that expects so many samples grows to at most. */
    public static long memoryBytes(
            int classes, int dimension, boolean doubleFeatures, AccumulatorLimits limits, long expectedRows) {
        boolean single = limits.singlePrecision(classes, dimension, doubleFeatures, expectedRows);
        return memoryBytes(classes, dimension, doubleFeatures, limits, single);
    }

    /** Bytes that this accumulator grows to at most with so many samples in all. */
    public long memoryBytes(AccumulatorLimits limits, long rows) {
        return memoryBytes(classes, dimension, doubleFeatures, limits.forRows(rows), single);
    }

    private static long memoryBytes(
            int classes, int dimension, boolean doubleFeatures, AccumulatorLimits limits, boolean single) {
        long scatter = dimension > limits.maxScatterDimension()
                ? 0
                : (long) Scatter.packedLength(dimension) * Double.BYTES
                        + (long) dimension * dimension * (single ? Float.BYTES : Double.BYTES);
        // A class's store of samples doubles when full, so up to twice the rows are held.
        return scatter
                + classes * ClassMoments.memoryBytes(dimension, single)
                + 2
                        * Reservoir.memoryBytes(
                                limits.retainedRows(classes, dimension, doubleFeatures), dimension, doubleFeatures);
    }

    public int classes() {
        return classes;
    }

    public int dimension() {
        return dimension;
    }

    /** Rows observed so far. */
    public long observed() {
        return observed;
    }

    /**
     * Adds the rows of a batch.
     *
     * @throws IllegalArgumentException when the batch has another dimension
     */
    public void observe(Batch batch, Workspace workspace) {
        if (batch.dimension() != dimension) {
            throw new IllegalArgumentException("a batch of " + batch.rows() + " × " + batch.dimension()
                    + " cannot be added to statistics of dimension " + dimension);
        }
        int[] starts = workspace.groupByClass(batch, classes);
        int[] order = workspace.order();
        CentredRows rows = single ? workspace.floatRows() : workspace.doubleRows();
        rows.start(batch.rows(), dimension);
        double squares = 0;
        for (int k = 0; k < classes; k++) {
            if (starts[k] < starts[k + 1]) {
                squares += observeClass(k, batch, rows, order, starts[k], starts[k + 1]);
            }
        }
        if (scatter instanceof FloatScatter floatScatter) {
            floatScatter.add(workspace.floatRows(), unit, squares);
        } else if (scatter instanceof DoubleScatter doubleScatter) {
            doubleScatter.add(workspace.doubleRows(), unit);
        }
        if (!offCentre.isEmpty()) {
            moveReferences();
        }
        for (int i = 0; i < batch.rows(); i++) {
            normSum += unit * batch.norms()[i];
        }
        reservoir.observe(batch, observed);
        observed += batch.rows();
    }

    private double observeClass(int k, Batch batch, CentredRows rows, int[] order, int from, int to) {
        ClassMoments moment = moments[k];
        if (moment == null) {
            moment = new ClassMoments(ClassMoments.meanOf(batch, order, from, to, single), single);
            moments[k] = moment;
        }
        for (int i = from; i < to; i++) {
            int predicted = batch.predicted()[order[i]];
            if (predicted != Batch.NO_PREDICTION) {
                moment.seen += unit;
                moment.wrong += predicted == k ? 0 : unit;
            }
        }
        double squares = rows.centreClass(batch, order, from, to, moment, unit);
        moment.squares += unit * squares;
        moment.weight += unit * (to - from);
        if (moment.isOffCentre(unit)) {
            offCentre.add(moment);
        }
        return squares;
    }

    /** Σ (h−r')(h−r')ᵀ = Σ (h−r)(h−r)ᵀ − n e eᵀ + n e'e'ᵀ with e = μ−r and e' = μ−r', in float64. */
    private void moveReferences() {
        Matrix before = Matrix.zeros(offCentre.size(), dimension);
        Matrix after = Matrix.zeros(offCentre.size(), dimension);
        for (int i = 0; i < offCentre.size(); i++) {
            ClassMoments moment = offCentre.get(i);
            moment.copyWeightedOffset(before.data(), i * dimension);
            moment.moveReference();
            moment.copyWeightedOffset(after.data(), i * dimension);
        }
        if (scatter != null) {
            double[] sum = scatter.packed();
            addPacked(sum, -1, before);
            addPacked(sum, 1, after);
        }
        offCentre.clear();
    }

    /**
     * Lets all samples seen so far count less: rolling mode.
     *
     * @param factor in (0, 1]
     */
    public void decay(double factor) {
        // New samples count more instead: d² products need not be touched for every batch.
        unit /= factor;
        decayed |= factor != 1;
        if (unit > MAX_UNIT) {
            rescale(1 / unit);
            unit = 1;
        }
    }

    private void rescale(double factor) {
        for (ClassMoments moment : moments) {
            if (moment != null) {
                moment.scale(factor);
            }
        }
        if (scatter != null) {
            scatter.scale(factor);
        }
        normSum *= factor;
    }

    /**
     * Adds the statistics of another part of the same layer; the other is left as it was, apart from pending folds.
     *
     * @throws IllegalArgumentException when the shapes or the precisions differ
     */
    public void merge(LayerAccumulator other) {
        if (other.classes != classes || other.dimension != dimension || other.single != single) {
            throw new IllegalArgumentException("statistics of " + classes + " classes, dimension " + dimension
                    + " cannot be merged with " + other.classes + " classes, dimension " + other.dimension);
        }
        double factor = unit / other.unit;
        if (scatter != null) {
            double[] sum = scatter.packed();
            double[] added = other.scatter.packed();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += factor * added[i];
            }
            shiftReferences(other, factor, sum);
        }
        for (int k = 0; k < classes; k++) {
            ClassMoments from = other.moments[k];
            if (from == null) {
                continue;
            }
            if (moments[k] == null) {
                moments[k] = new ClassMoments(from.reference, single);
            }
            moments[k].merge(from, factor);
        }
        normSum += factor * other.normSum;
        observed += other.observed;
        decayed |= other.decayed;
        reservoir.merge(other.reservoir);
    }

    /**
     * Moves the other's products to this one's references: with e = μ−s the other's mean offset and δ = s−r the distance
     * of the references, Σ(h−r)(h−r)ᵀ = Σ(h−s)(h−s)ᵀ − n e eᵀ + n (e+δ)(e+δ)ᵀ.
     */
    private void shiftReferences(LayerAccumulator other, double factor, double[] sum) {
        Matrix removed = Matrix.zeros(classes, dimension);
        Matrix added = Matrix.zeros(classes, dimension);
        for (int k = 0; k < classes; k++) {
            if (moments[k] == null || other.moments[k] == null || other.moments[k].weight == 0) {
                continue;
            }
            ClassMoments from = other.moments[k];
            double root = Math.sqrt(factor * from.weight);
            double[] offset = from.meanOffset();
            for (int j = 0; j < dimension; j++) {
                removed.data()[k * dimension + j] = root * offset[j];
                added.data()[k * dimension + j] = root * (offset[j] + (from.reference[j] - moments[k].reference[j]));
            }
        }
        addPacked(sum, -1, removed);
        addPacked(sum, 1, added);
    }

    private void addPacked(double[] sum, double factor, Matrix vectors) {
        Matrix product = vectors.columnGram();
        int target = 0;
        for (int i = 0; i < dimension; i++) {
            for (int j = 0; j <= i; j++) {
                sum[target++] += factor * product.get(i, j);
            }
        }
    }

    /**
     * The statistics so far, in float64, with the references corrected for.
     *
     * @throws IllegalStateException when nothing was observed
     */
    public ClassStatistics statistics() {
        int[] present = present();
        if (present.length == 0) {
            throw new IllegalStateException("no sample was observed");
        }
        double[] counts = new double[present.length];
        double[] variances = new double[present.length];
        Matrix means = Matrix.zeros(present.length, dimension);
        ClassSamples[] samples = new ClassSamples[present.length];
        Matrix corrections = Matrix.zeros(present.length, dimension);
        double seen = 0;
        double wrong = 0;
        for (int p = 0; p < present.length; p++) {
            ClassMoments moment = moments[present[p]];
            double[] offset = moment.meanOffset();
            counts[p] = moment.weight / unit;
            variances[p] = moment.scatterTrace() / unit;
            seen += moment.seen / unit;
            wrong += moment.wrong / unit;
            for (int j = 0; j < dimension; j++) {
                means.data()[p * dimension + j] = moment.reference[j] + offset[j];
            }
            moment.copyWeightedOffset(corrections.data(), p * dimension);
            samples[p] = reservoir.samples(present[p]);
        }
        RetainedSamples retained = new RetainedSamples(samples, dimension, !decayed && reservoir.size() == observed);
        Matrix finalMeans = means;
        Matrix finalScatter = null;
        // What inverts the scatter amplifies the rounding of float32 products: with all samples at hand, redo them.
        boolean redo = single && scatter != null && retained.complete();
        if (redo) {
            RetainedSamples.Exact exact = retained.exact(means);
            finalMeans = exact.means();
            finalScatter = exact.scatter();
        } else if (scatter != null) {
            finalScatter = unpack(scatter.packed(), corrections.columnGram());
        }
        return new ClassStatistics(
                classes,
                present,
                counts,
                finalMeans,
                variances,
                finalScatter,
                redo || !single,
                normSum / unit,
                seen,
                wrong,
                retained);
    }

    /**
     * Writes everything that is needed to go on later, in a versioned form.
     *
     * @throws IOException when {@code out} fails
     */
    public void write(DataOutput out) throws IOException {
        AccumulatorFormat.write(this, out);
    }

    /**
     * Reads what {@link #write} wrote, of this version or an older one.
     *
     * @param limits those that the accumulator was made with
     * @throws IOException when the bytes are cut short or of an unknown version, or do not fit the limits
     */
    public static LayerAccumulator read(DataInput in, AccumulatorLimits limits) throws IOException {
        return AccumulatorFormat.read(in, limits);
    }

    /** Whether products are formed in float32. */
    boolean single() {
        return single;
    }

    private Matrix unpack(double[] packed, Matrix correction) {
        double[] full = correction.data();
        int source = 0;
        for (int i = 0; i < dimension; i++) {
            for (int j = 0; j <= i; j++) {
                full[i * dimension + j] = (packed[source++] - full[i * dimension + j]) / unit;
            }
        }
        return correction.mirrorLower();
    }

    private int[] present() {
        int[] labels = new int[classes];
        int count = 0;
        for (int k = 0; k < classes; k++) {
            if (moments[k] != null && moments[k].weight > 0) {
                labels[count++] = k;
            }
        }
        return java.util.Arrays.copyOf(labels, count);
    }

    @Override
    public void close() {
        if (scatter != null) {
            scatter.close();
        }
    }
}
