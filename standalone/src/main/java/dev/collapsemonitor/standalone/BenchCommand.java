package dev.collapsemonitor.standalone;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsemonitor.standalone.bench.Bench;
import dev.collapsemonitor.standalone.bench.BenchEnvironment;
import dev.collapsemonitor.standalone.bench.BenchReport;
import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench}: measures the whole, each figure as a ratio to a reference of the same run. */
@Command(
        name = "bench",
        description =
                "Measures the stream, the accumulator, the publisher, a thousand runs and the recovery after a kill on"
                        + " this machine, in minutes; each figure beside a reference of the same run. Brokers, monitors and"
                        + " trainings are processes of their own.")
final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one line of JSON instead of a table.")
    private boolean json;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "SECTION",
            description = "Sections to run: kernel, stream, freshness, runs, recovery, publish (default: all).")
    private List<String> only = List.of();

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        try (TemporaryDirectory directory = TemporaryDirectory.create()) {
            BenchReport report = Bench.run(
                    new LinkedHashSet<>(only),
                    new BenchEnvironment(
                            ChildMain.class,
                            directory.path(),
                            spec.commandLine().getErr()));
            if (json) {
                ObjectNode object = new ObjectMapper().createObjectNode();
                for (Map.Entry<String, Double> figure : report.inOrder()) {
                    // JSON knows no NaN: a ratio whose reference was left out.
                    object.put(figure.getKey(), figure.getValue().isNaN() ? null : figure.getValue());
                }
                out.println(object);
            } else {
                for (Map.Entry<String, Double> figure : report.inOrder()) {
                    out.println(String.format(Locale.ROOT, "%-40s %,14.3f", figure.getKey(), figure.getValue()));
                }
            }
            out.flush();
        }
        return 0;
    }
}
