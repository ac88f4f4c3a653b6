package dev.collapsemonitor.trainer.command;

import java.lang.reflect.Field;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * All settings that decide how a network is trained, by option without dashes. Two runs with the same settings train the
 * same network, bit by bit; where data lies and what is published is not among them.
 */
final class TrainingSettings {
    private static final Set<Class<?>> DECIDING =
            Set.of(DatasetOptions.class, ModelOptions.class, LossOptions.class, OptimizerOptions.class);

    private TrainingSettings() {}

    /** The settings of a parsed command line; what was left open is left out. */
    static Map<String, String> of(CommandSpec spec) {
        return of(spec, DECIDING);
    }

    /** The same with what decides what is published of the training. */
    static Map<String, String> withPublishing(CommandSpec spec) {
        Set<Class<?>> owners = new HashSet<>(DECIDING);
        owners.add(PublishingOptions.class);
        return of(spec, owners);
    }

    private static Map<String, String> of(CommandSpec spec, Set<Class<?>> owners) {
        Map<String, String> settings = new TreeMap<>();
        for (OptionSpec option : spec.options()) {
            if (option.userObject() instanceof Field field && owners.contains(field.getDeclaringClass())) {
                String value = text(option.getValue());
                if (!value.isEmpty()) {
                    settings.put(option.longestName().replaceFirst("^--", ""), value);
                }
            }
        }
        return settings;
    }

    private static String text(Object value) {
        if (value == null) {
            return "";
        }
        if (value instanceof Collection<?> values) {
            return values.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
        return value.toString();
    }
}
