package dev.collapsemonitor.standalone.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The files of the checkout that these tests read. */
final class Repository {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ROOT = findRoot();

    private Repository() {}

    static Path path(String relative) {
        return ROOT.resolve(relative);
    }

    static List<Path> dashboards() {
        return list("grafana/dashboards", ".json");
    }

    static List<Path> rules() {
        return list("grafana/prometheus/rules", ".yml");
    }

    static List<Path> ruleTests() {
        return list("grafana/prometheus/tests", ".yml");
    }

    static JsonNode json(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(file + " is not JSON", e);
        }
    }

    /** Reads YAML with SnakeYAML, not with Jackson's YAML format, which knows no merge keys. */
    static JsonNode yaml(Path file) {
        try {
            return JSON.valueToTree(new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    private static List<Path> list(String folder, String suffix) {
        try (Stream<Path> files = Files.list(path(folder))) {
            List<Path> found =
                    files.filter(f -> f.toString().endsWith(suffix)).sorted().toList();
            if (found.isEmpty()) {
                throw new IllegalStateException("no *" + suffix + " in " + path(folder));
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // Maven runs tests in the module's folder, an IDE perhaps in the root.
    private static Path findRoot() {
        Path start = Path.of("").toAbsolutePath();
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("docker-compose.yml"))) {
                return folder;
            }
        }
        throw new IllegalStateException("no docker-compose.yml in " + start + " or above it");
    }
}
