package dev.collapsemonitor.trainer.checkpoint;

import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Where two sets of settings differ. */
public final class SettingsDifference {
    private SettingsDifference() {}

    /** The first difference in words, such as {@code lr 0.1, not 0.05}; empty when there is none. */
    public static Optional<String> first(Map<String, String> then, Map<String, String> now) {
        TreeSet<String> keys = new TreeSet<>(then.keySet());
        keys.addAll(now.keySet());
        return keys.stream()
                .filter(key -> !value(then, key).equals(value(now, key)))
                .findFirst()
                .map(key -> key + " " + value(then, key) + ", not " + value(now, key));
    }

    private static String value(Map<String, String> settings, String key) {
        return settings.getOrDefault(key, "unset");
    }
}
