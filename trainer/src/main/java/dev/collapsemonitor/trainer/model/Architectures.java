package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.protocol.UserException;
import java.util.Collections;
import java.util.List;

/** The model zoo: architectures by name. */
public final class Architectures {
    /** Names of the architectures. */
    public static final List<String> NAMES =
            List.of("mlp", "residual-mlp", "deep-linear", "vgg", "resnet", "densenet", "ufm");

    private static final List<Integer> MLP_WIDTHS = List.of(256, 128, 64);
    private static final List<Integer> RESIDUAL_WIDTHS = List.of(128, 128, 128, 128);
    private static final int CHANNELS = 16;
    private static final int GROWTH = 12;
    private static final int UFM_DIMENSION = 32;

    private Architectures() {}

    /**
     * The architecture of that name.
     *
     * @throws UserException when there is none, or it has no such variant
     */
    public static Architecture of(String name, ArchitectureOptions options) {
        if (options.residual() && !name.equals("mlp") && !name.equals("residual-mlp")) {
            throw new UserException(name + " has no residual variant to choose; use resnet or residual-mlp");
        }
        return switch (name) {
            case "mlp" ->
                options.residual()
                        ? residual(options)
                        : new Mlp(widths(name, options, MLP_WIDTHS), options.norm(), options.bias());
            case "residual-mlp" -> residual(options);
            case "deep-linear" -> new DeepLinear(widths(name, options, MLP_WIDTHS), options.bias());
            case "vgg" ->
                new Vgg(repeats(name, options, 3, 2, 2), channels(name, options), options.norm(), options.bias());
            case "resnet" ->
                new ResNet(repeats(name, options, 6, 2, 1), channels(name, options), options.norm(), options.bias());
            case "densenet" ->
                new DenseNet(
                        repeats(name, options, 3, 4, 4), scaled(name, options, GROWTH), options.norm(), options.bias());
            case "ufm" -> ufm(options);
            default -> throw new UserException("model " + name + " is unknown; use one of " + String.join(", ", NAMES));
        };
    }

    private static ResidualMlp residual(ArchitectureOptions options) {
        return new ResidualMlp(widths("residual-mlp", options, RESIDUAL_WIDTHS), options.norm(), options.bias());
    }

    private static UnconstrainedFeaturesModel ufm(ArchitectureOptions options) {
        if (options.samples() < 1) {
            throw new IllegalArgumentException("ufm has to know the number of training samples");
        }
        List<Integer> widths = widths("ufm", options, List.of(UFM_DIMENSION));
        if (widths.size() != 1) {
            throw new UserException("ufm has one width, the dimension of its features, not " + widths);
        }
        return new UnconstrainedFeaturesModel(options.samples(), widths.get(0), options.bias());
    }

    /** The widths asked for, or the architecture's own; a single one repeated as often as the depth says. */
    private static List<Integer> widths(String name, ArchitectureOptions options, List<Integer> own) {
        List<Integer> widths = options.widths().isEmpty()
                ? own.stream()
                        .map(width -> times(width, options.widthMultiplier()))
                        .toList()
                : options.widths();
        if (options.depth() == 0 || options.depth() == widths.size()) {
            return widths;
        }
        if (options.widths().size() > 1) {
            throw new UserException("depth " + options.depth() + " of " + name + " does not fit the widths " + widths
                    + "; give one width to repeat, or leave the depth out");
        }
        return Collections.nCopies(options.depth(), widths.get(0));
    }

    /** How often the unit of an architecture is repeated, whose depth is {@code step} · repeats + {@code rest}. */
    private static int repeats(String name, ArchitectureOptions options, int step, int rest, int own) {
        int depth = options.depth();
        if (depth == 0) {
            return own;
        }
        if (depth < step + rest || (depth - rest) % step != 0) {
            throw new UserException("there is no " + name + " of depth " + depth + "; use " + (step + rest) + ", "
                    + (2 * step + rest) + ", " + (3 * step + rest) + ", …");
        }
        return (depth - rest) / step;
    }

    private static int channels(String name, ArchitectureOptions options) {
        return scaled(name, options, CHANNELS);
    }

    private static int scaled(String name, ArchitectureOptions options, int own) {
        if (!options.widths().isEmpty()) {
            throw new UserException("widths " + options.widths() + " are not for " + name
                    + "; scale its own with the width multiplier");
        }
        return times(own, options.widthMultiplier());
    }

    private static int times(int width, double multiplier) {
        return Math.max(1, (int) Math.round(width * multiplier));
    }
}
