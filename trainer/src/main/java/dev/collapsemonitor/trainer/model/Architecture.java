package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.data.SampleShape;
import org.deeplearning4j.nn.api.Model;

/**
 * A kind of classifier network, of any input shape and number of classes.
 *
 * <p>Every network takes samples as flat rows. Its last two layers are a dense layer named {@link #CLASSIFIER} without
 * activation and a loss layer named {@link #LOSS}, so that hooks see the logits. Initial weights depend on the seed
 * alone; those of the classifier are U(±1/√d). Weight decay acts on weights only, never on biases or batch
 * normalisation. A layer that batch normalisation follows has no bias, since that has its own.
 */
public interface Architecture {
    /** Name of the classifier layer. */
    String CLASSIFIER = "classifier";

    /** Name of the loss layer. */
    String LOSS = "loss";

    /** What it is called on the command line. */
    String name();

    /**
     * Builds the network with its initial weights.
     *
     * @throws dev.collapsemonitor.protocol.UserException when it cannot take samples of this shape
     */
    Model build(SampleShape shape, int classes, Training training);
}
