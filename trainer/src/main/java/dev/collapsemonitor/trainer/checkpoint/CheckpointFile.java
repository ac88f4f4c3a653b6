package dev.collapsemonitor.trainer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;

/**
 * One checkpoint: the zip file of DL4J's {@link ModelSerializer} (configuration with iteration and epoch, weights, state
 * of the optimizer) and in it an entry of our own that says of which run it is, how far that was and how it is trained.
 *
 * <p>The order of the samples needs no state of its own: that of epoch e follows from the seed and e.
 */
final class CheckpointFile {
    private static final String ENTRY = "collapse.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;

    CheckpointFile(Path file) {
        this.file = file;
    }

    /** What the entry says. */
    record Description(String run, int epoch, long step, boolean graph, Map<String, String> settings) {}

    void write(Model network, Description description) throws IOException {
        AtomicFile.write(file, unfinished -> {
            ModelSerializer.writeModel(network, unfinished.toFile(), true);
            try (FileSystem zip = FileSystems.newFileSystem(unfinished, Map.of("create", "false"))) {
                Files.writeString(zip.getPath(ENTRY), toJson(description));
            }
        });
    }

    /**
     * Reads the entry and checks every other byte.
     *
     * @throws IOException when the file is truncated or damaged
     */
    Description describe() throws IOException {
        String json = null;
        // Unlike ZipFile, the stream compares checksums; but it does not miss a directory that was cut off.
        try (FileSystem zip = FileSystems.newFileSystem(file, Map.of());
                ZipInputStream stream = new ZipInputStream(Files.newInputStream(file))) {
            if (!Files.exists(zip.getPath(ENTRY))) {
                throw new IOException("it has no entry " + ENTRY);
            }
            for (ZipEntry entry = stream.getNextEntry(); entry != null; entry = stream.getNextEntry()) {
                if (entry.getName().equals(ENTRY)) {
                    json = text(stream);
                } else {
                    stream.transferTo(OutputStream.nullOutputStream());
                }
            }
        }
        if (json == null) {
            throw new IOException("it has no entry " + ENTRY);
        }
        return parse(json);
    }

    Model network(Description description) throws IOException {
        return description.graph()
                ? ModelSerializer.restoreComputationGraph(file.toFile(), true)
                : ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true);
    }

    static Description describe(String run, Model network, Map<String, String> settings) {
        if (network instanceof ComputationGraph graph) {
            return new Description(run, graph.getEpochCount(), graph.getIterationCount(), true, settings);
        }
        MultiLayerNetwork layered = (MultiLayerNetwork) network;
        return new Description(run, layered.getEpochCount(), layered.getIterationCount(), false, settings);
    }

    private static String text(InputStream stream) throws IOException {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String toJson(Description description) {
        ObjectNode object = JSON.createObjectNode();
        object.put("run", description.run());
        object.put("epoch", description.epoch());
        object.put("step", description.step());
        object.put("graph", description.graph());
        ObjectNode settings = object.putObject("settings");
        description.settings().forEach(settings::put);
        return object.toString();
    }

    private static Description parse(String json) throws IOException {
        JsonNode object = JSON.readTree(json);
        Map<String, String> settings = new TreeMap<>();
        object.path("settings")
                .properties()
                .forEach(setting ->
                        settings.put(setting.getKey(), setting.getValue().asText()));
        return new Description(
                object.path("run").asText(),
                object.path("epoch").asInt(),
                object.path("step").asLong(),
                object.path("graph").asBoolean(),
                settings);
    }
}
