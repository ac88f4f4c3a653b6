package dev.collapsemonitor.standalone;

import dev.collapsemonitor.trainer.settings.YamlFile;
import dev.collapsemonitor.trainer.settings.YamlValue;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Defaults of options in a YAML file: option names without dashes, those of one command below its name if one likes. */
final class YamlDefaults {
    private YamlDefaults() {}

    /**
     * Reads a file as the lines of a properties file: {@code monitor: {http-port: 8081}} is {@code monitor.http-port}.
     *
     * @param name what messages call the file
     * @param commands below whose names options may stand
     */
    static SortedMap<String, String> read(String name, Path file, Set<String> commands) {
        SortedMap<String, String> values = new TreeMap<>();
        for (Map.Entry<String, YamlValue> entry :
                YamlFile.read(name, file).values().entrySet()) {
            String key = entry.getKey();
            if (commands.contains(key) && entry.getValue() instanceof YamlValue.Entries options) {
                options.values().forEach((option, value) -> values.put(key + "." + option, value.asOption()));
            } else {
                values.put(key, entry.getValue().asOption());
            }
        }
        return values;
    }
}
