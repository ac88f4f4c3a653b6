package dev.collapsemonitor.trainer.settings;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a YAML file of keys and values. */
public final class YamlFile {
    private static final YAMLFactory YAML = new YAMLFactory();

    private final String name;
    private final JsonParser parser;

    private YamlFile(String name, JsonParser parser) {
        this.name = name;
        this.parser = parser;
    }

    /** Whether a file's name says that it is YAML. */
    public static boolean isNamed(Path file) {
        String name = file.toString();
        return name.endsWith(".yaml") || name.endsWith(".yml");
    }

    /**
     * Reads a file; an empty one has no keys.
     *
     * @param name what messages call it
     * @throws UserException when it cannot be read
     */
    public static YamlValue.Entries read(String name, Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UserException(name + ": there is no such file");
        }
        try (Reader reader = Files.newBufferedReader(file);
                JsonParser parser = YAML.createParser(reader)) {
            return new YamlFile(name, parser).document();
        } catch (JsonProcessingException e) {
            String where =
                    e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
            throw new UserException(
                    name + where + " is not YAML: " + e.getOriginalMessage().replaceAll("\\s+", " "), e);
        } catch (IOException e) {
            throw new UserException(name + " cannot be read (" + e + ")", e);
        }
    }

    private YamlValue.Entries document() throws IOException {
        if (parser.nextToken() == null) {
            return new YamlValue.Entries(Map.of());
        }
        if (!(value() instanceof YamlValue.Entries entries)) {
            throw new UserException(name + " holds no keys; write one \"key: value\" per line");
        }
        return entries;
    }

    private YamlValue value() throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> entries();
            case START_ARRAY -> items();
            case VALUE_NULL -> throw wrong("has a key without a value; give it one");
            default -> scalar();
        };
    }

    private YamlValue.Scalar scalar() throws IOException {
        if (parser.getText().isEmpty()) {
            throw wrong("has a key without a value; give it one");
        }
        return new YamlValue.Scalar(parser.getText());
    }

    private UserException wrong(String what) {
        return new UserException(
                name + ", line " + parser.currentTokenLocation().getLineNr() + " " + what);
    }

    private YamlValue.Entries entries() throws IOException {
        Map<String, YamlValue> values = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            if (values.put(key, value()) != null) {
                throw wrong("has the key \"" + key + "\" a second time; leave one of them");
            }
        }
        return new YamlValue.Entries(values);
    }

    private YamlValue.Items items() throws IOException {
        List<YamlValue> values = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            values.add(value());
        }
        return new YamlValue.Items(values);
    }
}
