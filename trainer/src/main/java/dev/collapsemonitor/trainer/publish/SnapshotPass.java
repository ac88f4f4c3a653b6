package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.LossKind;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * One pass over the snapshot's samples in evaluation mode, at frozen weights.
 *
 * @param inputs per layer with weights, samples x feature_dim, row-major
 * @param predictions largest output of each sample
 * @param loss mean over the samples, without regularisation
 * @param accuracy share of predictions that equal the label
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
record SnapshotPass(List<float[]> inputs, int[] predictions, double loss, double accuracy) {
    private static final int BATCH = 256;
    // A float32 probability can round to 0, whose logarithm would hide the other samples.
    private static final double SMALLEST_PROBABILITY = 1e-38;

    static SnapshotPass over(
            MultiLayerNetwork network, List<WeightLayer> layers, SnapshotSamples samples, LossKind lossKind) {
        int size = samples.size();
        List<float[]> inputs = new ArrayList<>();
        for (WeightLayer layer : layers) {
            inputs.add(new float[Math.multiplyExact(size, (int) layer.layer().getFeatureDim())]);
        }
        int[] predictions = new int[size];
        double loss = 0;
        int correct = 0;
        for (int from = 0; from < size; from += BATCH) {
            int to = Math.min(size, from + BATCH);
            List<INDArray> activations = network.feedForward(slice(samples.inputs(), from, to), false);
            for (int i = 0; i < layers.size(); i++) {
                float[] rows = NdArrays.floats(activations.get(layers.get(i).position()));
                System.arraycopy(
                        rows,
                        0,
                        inputs.get(i),
                        from * (int) layers.get(i).layer().getFeatureDim(),
                        rows.length);
            }
            INDArray outputArray = activations.get(activations.size() - 1);
            float[] outputs = NdArrays.floats(outputArray);
            int width = outputs.length / (to - from);
            for (int i = from; i < to; i++) {
                int offset = (i - from) * width;
                predictions[i] = argMax(outputs, offset, width);
                correct += predictions[i] == samples.labels()[i] ? 1 : 0;
                loss += loss(lossKind, outputs, offset, width, samples.labels()[i]);
            }
        }
        return new SnapshotPass(inputs, predictions, loss / size, (double) correct / size);
    }

    private static INDArray slice(INDArray inputs, int from, int to) {
        return inputs.get(NDArrayIndex.interval(from, to)).dup('c');
    }

    private static int argMax(float[] values, int offset, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (values[offset + i] > values[offset + best]) {
                best = i;
            }
        }
        return best;
    }

    private static double loss(LossKind kind, float[] outputs, int offset, int width, int label) {
        return switch (kind) {
            case CROSS_ENTROPY -> {
                float probability = outputs[offset + label];
                yield Float.isNaN(probability) ? Double.NaN : -Math.log(Math.max(SMALLEST_PROBABILITY, probability));
            }
            case MSE -> {
                double sum = 0;
                for (int k = 0; k < width; k++) {
                    double error = outputs[offset + k] - (k == label ? 1 : 0);
                    sum += error * error;
                }
                yield sum / 2;
            }
            case LOSS_UNSPECIFIED, UNRECOGNIZED -> Double.NaN;
        };
    }
}
