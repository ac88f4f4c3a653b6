package dev.collapsemonitor.trainer.settings;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/** Files of {@code key=value} lines that the user names on the command line. */
public final class PropertiesFile {
    private PropertiesFile() {}

    /**
     * Reads a file.
     *
     * @param option that named it, for the message
     * @throws UserException when it cannot be read
     */
    public static SortedMap<String, String> read(String option, Path path) {
        if (!Files.isRegularFile(path)) {
            throw new UserException(option + " " + path + ": there is no such file");
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(path)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new UserException(option + " " + path + " cannot be read as key=value lines (" + e + ")", e);
        }
        SortedMap<String, String> values = new TreeMap<>();
        properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
        return values;
    }
}
