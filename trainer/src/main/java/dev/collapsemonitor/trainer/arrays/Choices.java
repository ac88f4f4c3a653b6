package dev.collapsemonitor.trainer.arrays;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.LossKind;

/** Reads the words of the array options. */
final class Choices {
    private Choices() {}

    static LossKind lossKind(String word) {
        if (word == null) {
            return LossKind.LOSS_UNSPECIFIED;
        }
        return switch (word) {
            case "ce" -> LossKind.CROSS_ENTROPY;
            case "mse" -> LossKind.MSE;
            default -> throw new UserException("--loss " + word + " is unknown; use ce or mse");
        };
    }

    static Coupling coupling(String word, boolean decayKnown) {
        if (word == null) {
            return decayKnown ? Coupling.COUPLED : Coupling.COUPLING_UNSPECIFIED;
        }
        return switch (word) {
            case "coupled" -> Coupling.COUPLED;
            case "decoupled" -> Coupling.DECOUPLED;
            default -> throw new UserException("--coupling " + word + " is unknown; use coupled or decoupled");
        };
    }
}
