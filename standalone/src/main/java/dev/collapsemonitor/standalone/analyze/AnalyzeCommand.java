package dev.collapsemonitor.standalone.analyze;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.progress.Progress;
import dev.collapsemonitor.trainer.arrays.ArrayOptions;
import dev.collapsemonitor.trainer.arrays.LayerArrays;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code analyze}: prints the metrics of saved arrays. */
@Command(
        name = "analyze",
        sortOptions = false,
        description = {
            "Prints the metrics of saved arrays, the same as the monitor's, with no Kafka: one JSON object whose keys"
                    + " are the exported names. What is undefined is null, with the reason under \"undefined\"; what to"
                    + " know about a value is under \"notes\".",
            "Weights alone are enough for the low-rank metrics.",
        },
        footer = {
            "",
            "Files of --dir:",
            "  NAME.features.npy     inputs of layer NAME, rows x d (further dimensions are flattened)",
            "  NAME.labels.npy       label of each row; or labels.npy for all layers that have no own",
            "  NAME.predictions.npy  predicted label of each row, optional; or predictions.npy for all layers",
            "  NAME.weights.npy      weights, outputs x inputs, or a 4-d convolution kernel",
            "  NAME.bias.npy         bias, optional",
            "  NAME.npz              any of these as members features, labels, predictions, weights, bias",
            "A layer needs features with labels, or weights, or both. NAME is anything, such as fc1 or layer4.0.conv2;"
                    + " layers come out in natural order, layer2 before layer10.",
            "",
            "Files are read block by block and may be larger than memory. Members of an .npz are unpacked to the"
                    + " temporary directory first.",
        })
public final class AnalyzeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ArrayOptions arrays = new ArrayOptions();

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Analyze all layers in a directory; below is what the files are called.")
    private Path directory;

    @Option(
            names = "--classifier",
            paramLabel = "NAME",
            description = "With --dir: the layer whose outputs are the classes. Default: of the layers with one row of"
                    + " weights per class, the last in natural order.")
    private String classifier;

    @Option(names = "--table", description = "Print tables for people instead of JSON.")
    private boolean table;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        if (directory == null) {
            printSingle(out, err);
        } else {
            printDirectory(out, err);
        }
        return 0;
    }

    private void printSingle(PrintWriter out, PrintWriter err) {
        if (classifier != null) {
            throw new UserException("--classifier " + classifier + " names a layer of --dir; give --dir too");
        }
        if (!arrays.nameArrays()) {
            throw new UserException("nothing to read: give --features with --labels, --weights, or both; or --dir");
        }
        LayerArrays layer = arrays.load();
        LayerReport report;
        try (Progress progress = Progress.of("analyze", Progress.Unit.MIB, LayerAnalysis.bytes(layer), err)) {
            report = new LayerAnalysis(progress).analyze("", layer, layer.isClassifier());
        }
        out.println(table ? MetricTable.of(report) : Json.of(report.toMap()));
    }

    private void printDirectory(PrintWriter out, PrintWriter err) {
        if (arrays.nameArrays()) {
            throw new UserException("--dir " + directory + " names all arrays; give it or single arrays, not both");
        }
        LayerDirectory found = LayerDirectory.scan(directory);
        if (!found.unused().isEmpty()) {
            err.println("not used: " + String.join(", ", found.unused()) + "; see --help for what files are called");
        }
        List<String> names = List.copyOf(found.layers().keySet());
        List<LayerArrays> layers = arrays.load(List.copyOf(found.layers().values()));
        Optional<String> last = Classifiers.choose(names, layers, Optional.ofNullable(classifier));
        List<LayerReport> reports = new ArrayList<>();
        long bytes = layers.stream().mapToLong(LayerAnalysis::bytes).sum();
        try (Progress progress = Progress.of("analyze", Progress.Unit.MIB, bytes, err)) {
            LayerAnalysis analysis = new LayerAnalysis(progress);
            for (int i = 0; i < names.size(); i++) {
                boolean isClassifier = last.equals(Optional.of(names.get(i)));
                reports.add(analysis.analyze(names.get(i), layers.get(i), isClassifier));
            }
        }
        if (table) {
            reports.forEach(report -> out.println(MetricTable.of(report)));
            out.println(DepthTable.of(reports));
        } else {
            Map<String, Object> objects = new LinkedHashMap<>();
            reports.forEach(report -> objects.put(report.name(), report.toMap()));
            out.println(Json.of(Map.of("layers", objects)));
        }
    }
}
