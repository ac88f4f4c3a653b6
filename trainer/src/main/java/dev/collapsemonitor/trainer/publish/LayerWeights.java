package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Mode;
import java.util.List;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Copies the weights of layers out of a network.
 *
 * @param loss of the run
 * @param classCounts training samples per class
 */
record LayerWeights(LossKind loss, List<Long> classCounts) {
    LayerWeights {
        classCounts = List.copyOf(classCounts);
    }

    /** Asks for room for a layer's weights. */
    static Reservation reserve(RunPublisher publisher, WeightLayer layer) {
        return publisher.reserveWeights(layer.layer(), layer.outputs(), layer.columns(), Float.BYTES);
    }

    /** Copies a layer's weights and publishes them, if room was granted. */
    void publish(
            RunPublisher publisher,
            Reservation reservation,
            WeightLayer layer,
            Mode mode,
            Moment moment,
            double gradientNorm) {
        if (reservation instanceof Reservation.Granted) {
            INDArray stored = layer.source().getParam(DefaultParamInitializer.WEIGHT_KEY);
            INDArray outByIn = layer.isDense() ? stored.transpose() : stored;
            float[] values = publisher.floats().take(Math.toIntExact(outByIn.length()));
            NdArrays.floats(outByIn, values);
            publisher.weights(
                    reservation,
                    set(layer, values, mode, gradientNorm),
                    moment,
                    () -> publisher.floats().give(values));
        }
    }

    private WeightSet set(WeightLayer layer, float[] values, Mode mode, double gradientNorm) {
        INDArray bias = layer.source().paramTable().get(DefaultParamInitializer.BIAS_KEY);
        return new WeightSet(
                layer.layer(),
                Rows.of(values, layer.columns()),
                bias == null
                        ? new WeightSet.NoBias()
                        : new WeightSet.BiasRow(Rows.of(NdArrays.floats(bias), (int) bias.length())),
                layer.decay(),
                loss,
                mode,
                true,
                classCounts.size(),
                classCounts,
                gradientNorm);
    }
}
