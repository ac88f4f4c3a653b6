package dev.collapsemonitor.standalone.analyze;

import dev.collapsemonitor.monitor.geometry.LayerMetrics;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.monitor.statistics.Workspace;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.standalone.progress.Progress;
import dev.collapsemonitor.trainer.arrays.ElementType;
import dev.collapsemonitor.trainer.arrays.LayerArrays;
import dev.collapsemonitor.trainer.arrays.NpyArray;
import dev.collapsemonitor.trainer.publish.FeatureSet;

/**
 * Takes the arrays of a layer through the monitor's engine, in the same parts as {@code publish}: in order, the stream and
 * this class come to the same numbers to the last bit. Of the features, one part is in memory at a time.
 */
final class LayerAnalysis {
    private static final double[] NO_BIAS = {};

    private final Progress progress;
    private final Batch batch = new Batch();
    private final Workspace workspace = new Workspace();

    LayerAnalysis(Progress progress) {
        this.progress = progress;
    }

    /** Bytes that the analysis will have read, as it tells its progress. */
    static long bytes(LayerArrays layer) {
        return layer.features().map(LayerAnalysis::bytes).orElse(0L);
    }

    private static long bytes(NpyArray array) {
        return array.rows() * array.columns() * array.type().bytes();
    }

    /**
     * Computes all metrics of a layer.
     *
     * @param classifier whether row k of the weights belongs to class k
     * @throws UserException when an array holds NaN or infinity
     */
    LayerReport analyze(String name, LayerArrays layer, boolean classifier) {
        // Small and quickly wrong: before the features.
        LayerWeights weights =
                layer.weights().map(array -> weights(layer, array, classifier)).orElse(null);
        if (!name.isEmpty()) {
            progress.at("layer " + name);
        }
        LayerMetrics computed = layer.features()
                .map(features -> ofFeatures(layer, features, weights))
                .orElseGet(() -> LayerMetrics.ofWeights(weights, layer.classes()));
        return LayerReport.of(name, layer, classifier, computed.metrics());
    }

    private LayerMetrics ofFeatures(LayerArrays layer, NpyArray features, LayerWeights weights) {
        boolean doubles = features.type() == ElementType.FLOAT64;
        int rowsPerPart = (int) Math.min(
                features.rows(),
                FeatureSet.rowsPerPart(features.columns(), features.type().bytes()));
        // As many rows as the stream expects of so many parts: the precision of the products follows from it.
        long parts = (features.rows() + rowsPerPart - 1) / rowsPerPart;
        try (LayerAccumulator accumulator = new LayerAccumulator(
                layer.classes(), features.columns(), doubles, AccumulatorLimits.DEFAULT, parts * rowsPerPart)) {
            Part part = new Part(features, rowsPerPart);
            long from = 0;
            for (int id = 0; from < features.rows(); id++) {
                int count = (int) Math.min(rowsPerPart, features.rows() - from);
                part.load(layer, from, count, id);
                accumulator.observe(batch, workspace);
                progress.read(
                        (long) count * features.columns() * features.type().bytes());
                from += count;
            }
            return LayerMetrics.of(accumulator.statistics(), weights);
        }
    }

    /** Buffers for one part of the features, used again for every part. */
    private final class Part {
        private final NpyArray features;
        private final float[] floats;
        private final double[] doubles;
        private final int[] labels;
        private final int[] predictions;

        Part(NpyArray features, int rows) {
            this.features = features;
            int elements = Math.multiplyExact(rows, features.columns());
            boolean wide = features.type() == ElementType.FLOAT64;
            floats = new float[wide ? 0 : elements];
            doubles = new double[wide ? elements : 0];
            labels = new int[rows];
            predictions = new int[rows];
        }

        void load(LayerArrays layer, long from, int count, int id) {
            System.arraycopy(layer.labels(), (int) from, labels, 0, count);
            int[] predicted = layer.predictions();
            if (predicted.length > 0) {
                System.arraycopy(predicted, (int) from, predictions, 0, count);
                predicted = predictions;
            }
            try {
                if (doubles.length > 0) {
                    features.copyRows(from, count, doubles);
                    batch.load(doubles, count, features.columns(), labels, predicted, id);
                } else {
                    features.copyRows(from, count, floats);
                    batch.load(floats, count, features.columns(), labels, predicted, id);
                }
            } catch (InvalidRecordException e) {
                throw e.reason() == Reason.NOT_FINITE ? notFinite(from, count, e) : e;
            }
        }

        private UserException notFinite(long from, int count, InvalidRecordException e) {
            for (int i = 0; i < count * features.columns(); i++) {
                double value = doubles.length > 0 ? doubles[i] : floats[i];
                if (!Double.isFinite(value)) {
                    return LayerAnalysis.notFinite(
                            "features", features, value, from + i / features.columns(), i % features.columns(), e);
                }
            }
            return new UserException(
                    "features " + features.name() + " hold values in rows " + from + " to " + (from + count - 1)
                            + " whose squares are beyond float64; scale them down",
                    e);
        }
    }

    private static LayerWeights weights(LayerArrays layer, NpyArray array, boolean classifier) {
        return new LayerWeights(
                Matrix.of(Math.toIntExact(array.rows()), array.columns(), finite("weights", array)),
                layer.bias().map(bias -> finite("bias", bias)).orElse(NO_BIAS),
                classifier,
                layer.isConvolution() ? LayerKind.CONVOLUTION : LayerKind.DENSE,
                layer.weightDecay().orElse(0),
                layer.coupling(),
                false,
                layer.loss(),
                0,
                new long[0]);
    }

    private static double[] finite(String what, NpyArray array) {
        long elements = array.rows() * array.columns();
        if (elements > Integer.MAX_VALUE - 8) {
            throw new UserException(
                    what + " " + array.name() + " hold " + elements + " values; at most 2^31 are taken for one matrix");
        }
        double[] values = new double[(int) elements];
        array.copyRows(0, Math.toIntExact(array.rows()), values);
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw notFinite(what, array, values[i], i / array.columns(), i % array.columns(), null);
            }
        }
        return values;
    }

    private static UserException notFinite(
            String what, NpyArray array, double value, long row, int column, Exception cause) {
        return new UserException(
                what + " " + array.name() + " hold " + value + " in row " + row + ", column " + column
                        + "; the network has diverged there, take an earlier checkpoint",
                cause);
    }
}
