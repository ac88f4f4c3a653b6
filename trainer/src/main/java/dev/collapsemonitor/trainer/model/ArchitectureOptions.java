package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.protocol.UserException;
import java.util.List;

/**
 * What can be chosen about an architecture.
 *
 * @param widths hidden widths, from the input on, of mlp, residual-mlp and deep-linear, the feature dimension of ufm;
 *     empty: the architecture's own
 * @param depth of vgg, resnet and densenet, counted in weight layers; of the others, how often a single width is
 *     repeated; 0: the architecture's own
 * @param widthMultiplier multiplies the architecture's own widths, channels and growth rates
 * @param norm deep-linear and ufm have none whatever stands here
 * @param bias whether layers have biases
 * @param residual turns mlp into residual-mlp
 * @param samples number of training samples, which ufm alone has to know
 */
public record ArchitectureOptions(
        List<Integer> widths,
        int depth,
        double widthMultiplier,
        BatchNorm norm,
        boolean bias,
        boolean residual,
        int samples) {
    /** Everything as the architecture has it, with batch normalisation after all layers, and biases. */
    public static final ArchitectureOptions DEFAULT =
            new ArchitectureOptions(List.of(), 0, 1, BatchNorm.ALL, true, false, 0);

    public ArchitectureOptions {
        widths = List.copyOf(widths);
        for (int width : widths) {
            if (width < 1) {
                throw new UserException("width " + width + " is too small; give 1 or more");
            }
        }
        if (depth < 0) {
            throw new UserException("depth " + depth + " is negative; leave it out for the architecture's own");
        }
        if (!(widthMultiplier > 0 && widthMultiplier < Double.POSITIVE_INFINITY)) {
            throw new UserException("width multiplier " + widthMultiplier + " is not a positive number");
        }
    }

    /** The same with these hidden widths. */
    public ArchitectureOptions withWidths(List<Integer> hidden) {
        return new ArchitectureOptions(hidden, depth, widthMultiplier, norm, bias, residual, samples);
    }

    /** The same of this depth. */
    public ArchitectureOptions withDepth(int layers) {
        return new ArchitectureOptions(widths, layers, widthMultiplier, norm, bias, residual, samples);
    }

    /** The same with widths that many times the architecture's own. */
    public ArchitectureOptions withWidthMultiplier(double multiplier) {
        return new ArchitectureOptions(widths, depth, multiplier, norm, bias, residual, samples);
    }

    /** The same with batch normalisation there. */
    public ArchitectureOptions withNorm(BatchNorm where) {
        return new ArchitectureOptions(widths, depth, widthMultiplier, where, bias, residual, samples);
    }

    /** The same with biases or without. */
    public ArchitectureOptions withBias(boolean wanted) {
        return new ArchitectureOptions(widths, depth, widthMultiplier, norm, wanted, residual, samples);
    }

    /** The same with shortcuts or without. */
    public ArchitectureOptions withResidual(boolean wanted) {
        return new ArchitectureOptions(widths, depth, widthMultiplier, norm, bias, wanted, samples);
    }

    /** The same for so many training samples. */
    public ArchitectureOptions withSamples(int count) {
        return new ArchitectureOptions(widths, depth, widthMultiplier, norm, bias, residual, count);
    }
}
