package dev.collapsemonitor.standalone.report.study;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.settings.NearestName;
import dev.collapsemonitor.trainer.settings.YamlValue;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** The keys of one part of a study file; whatever is wrong is refused with the name of the part. */
final class Keys {
    private final String place;
    private final Map<String, YamlValue> values;

    private Keys(String place, Map<String, YamlValue> values) {
        this.place = place;
        this.values = values;
    }

    /** @throws UserException when it has no keys, or one that is not among the known */
    static Keys of(String place, YamlValue value, Collection<String> known) {
        if (!(value instanceof YamlValue.Entries entries)) {
            throw new UserException(place + " has \"" + value.asOption() + "\" where keys should be; write key: value");
        }
        for (String key : entries.values().keySet()) {
            if (!known.contains(key)) {
                throw new UserException(
                        place + " has an unknown key \"" + key + "\"" + NearestName.hint(key, new TreeSet<>(known)));
            }
        }
        return new Keys(place, entries.values());
    }

    String place() {
        return place;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    /** Those of some keys that are given, in the order of the file. */
    List<String> inOrder(String... wanted) {
        return values.keySet().stream().filter(List.of(wanted)::contains).toList();
    }

    Optional<YamlValue> value(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** A text; empty when it is not given. */
    String text(String key) {
        YamlValue value = values.get(key);
        if (value == null) {
            return "";
        }
        if (value instanceof YamlValue.Scalar scalar) {
            return scalar.text().strip();
        }
        throw wrong(key, value.asOption(), "write one value");
    }

    /** One of some words, if given. */
    Optional<String> word(String key, Collection<String> words) {
        if (!has(key)) {
            return Optional.empty();
        }
        String word = text(key);
        if (!words.contains(word)) {
            throw wrong(key, word, "use " + String.join(", ", words) + NearestName.hint(word, words));
        }
        return Optional.of(word);
    }

    Optional<Boolean> truth(String key) {
        return word(key, List.of("true", "false")).map(Boolean::valueOf);
    }

    /** A list; a single value counts as one of one. */
    List<YamlValue> items(String key) {
        YamlValue value = values.get(key);
        if (value == null) {
            return List.of();
        }
        return value instanceof YamlValue.Items items ? items.values() : List.of(value);
    }

    List<String> texts(String key) {
        return items(key).stream().map(YamlValue::asOption).toList();
    }

    /** Keys with one or more values each. */
    Map<String, List<String>> choices(String key) {
        Map<String, List<String>> choices = new LinkedHashMap<>();
        YamlValue value = values.get(key);
        if (value instanceof YamlValue.Entries entries) {
            entries.values()
                    .forEach((name, chosen) -> choices.put(
                            name,
                            chosen instanceof YamlValue.Items items
                                    ? items.values().stream()
                                            .map(YamlValue::asOption)
                                            .toList()
                                    : List.of(chosen.asOption())));
        } else if (value != null) {
            throw wrong(key, value.asOption(), "write name: value, or name: [values]");
        }
        return choices;
    }

    UserException wrong(String key, String value, String remedy) {
        return new UserException(place + ": " + key + " is \"" + value + "\"; " + remedy);
    }
}
