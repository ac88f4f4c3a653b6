package dev.collapsemonitor.trainer.sweep;

import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Names;
import dev.collapsemonitor.protocol.UserException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Names of the runs of a sweep, each once: from the template, or else experiment and what varies, such as
 * {@code decay-optimizer=adamw-lr=0.1-seed=2}.
 */
final class RunNames {
    private static final Pattern KEY = Pattern.compile("\\{([^{}]*)}");

    private final SweepDefinition definition;
    private final Set<String> given = new HashSet<>();

    RunNames(SweepDefinition definition) {
        this.definition = definition;
    }

    /**
     * The name of the next run.
     *
     * @param varied what it sets of its own
     * @param values these and the common ones
     * @throws UserException when the name is impossible or taken
     */
    String next(Map<String, String> varied, Map<String, String> values) {
        String name = definition.name().map(template -> fill(template, values)).orElseGet(() -> usual(varied));
        try {
            Names.requireRun(name);
        } catch (InvalidRecordException e) {
            throw new UserException(definition.file() + ": " + e.getMessage(), e);
        }
        if (!given.add(name)) {
            throw new UserException(definition.file() + " gives two runs the name " + name
                    + "; let name tell them apart, for instance with {seed}, and vary nothing to the same value twice");
        }
        return name;
    }

    private String fill(String template, Map<String, String> values) {
        Matcher keys = KEY.matcher(template);
        StringBuilder name = new StringBuilder();
        while (keys.find()) {
            String value = values.get(keys.group(1));
            if (value == null) {
                throw new UserException(definition.file() + ": name has {" + keys.group(1)
                        + "}, but not every run sets that; use of " + values.keySet() + ", or set it below common");
            }
            keys.appendReplacement(name, Matcher.quoteReplacement(value));
        }
        return keys.appendTail(name).toString();
    }

    private String usual(Map<String, String> varied) {
        String values = varied.entrySet().stream()
                .map(value -> "-" + value.getKey() + "=" + value.getValue().replace('/', '_'))
                .collect(Collectors.joining());
        return definition.experiment().replace('/', '_') + values;
    }
}
