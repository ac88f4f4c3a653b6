package dev.collapsemonitor.trainer.settings;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A value of a YAML file. Scalars are kept as they are written: {@code 1e-3} stays {@code 1e-3}. */
public sealed interface YamlValue {
    /** A number, a word, a truth value, as written. */
    record Scalar(String text) implements YamlValue {
        @Override
        public String asOption() {
            return text;
        }
    }

    /** {@code [a, b]} or lines that begin with a dash. */
    record Items(List<YamlValue> values) implements YamlValue {
        public Items {
            values = List.copyOf(values);
        }

        @Override
        public String asOption() {
            return values.stream().map(YamlValue::asOption).collect(Collectors.joining(","));
        }
    }

    /** Keys with values, in the order of the file. */
    record Entries(Map<String, YamlValue> values) implements YamlValue {
        public Entries {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }

        @Override
        public String asOption() {
            return values.entrySet().stream()
                    .map(entry -> entry.getKey() + "=" + entry.getValue().asOption())
                    .collect(Collectors.joining(","));
        }
    }

    /** The value as one would write it after an option: lists as {@code a,b}, keys with values as {@code k=v,l=w}. */
    String asOption();
}
