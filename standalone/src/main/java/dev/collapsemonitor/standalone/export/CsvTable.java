package dev.collapsemonitor.standalone.export;

import dev.collapsemonitor.monitor.geometry.Metric;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Rows as comma-separated values (RFC 4180) with a header, for spreadsheets and data frames. What is undefined is empty;
 * why it is, only JSON says. Every file has the columns of all metrics, so that files of several runs can be joined.
 */
final class CsvTable<R> {
    private final Map<String, Function<R, Object>> columns = new LinkedHashMap<>();

    private CsvTable() {}

    static CsvTable<ResultRow> ofResults(List<ResultRow> rows) {
        CsvTable<ResultRow> table = new CsvTable<>();
        table.columns.put("run", ResultRow::run);
        table.columns.put("experiment", ResultRow::experiment);
        table.columns.put("attempt", ResultRow::attempt);
        table.columns.put("layer", ResultRow::layer);
        table.columns.put("layer_index", ResultRow::layerIndex);
        table.columns.put("mode", ResultRow::mode);
        table.columns.put("split", ResultRow::split);
        table.columns.put("step", ResultRow::step);
        table.columns.put("epoch", ResultRow::epoch);
        table.columns.put("coverage", ResultRow::coverage);
        table.columns.put("samples", ResultRow::samples);
        table.columns.put("time_millis", ResultRow::timeMillis);
        for (String metric : metrics(rows)) {
            table.columns.put(metric, row -> row.metrics().get(metric));
        }
        return table;
    }

    static CsvTable<ProgressRow> ofProgress() {
        CsvTable<ProgressRow> table = new CsvTable<>();
        table.columns.put("run", ProgressRow::run);
        table.columns.put("experiment", ProgressRow::experiment);
        table.columns.put("attempt", ProgressRow::attempt);
        table.columns.put("step", ProgressRow::step);
        table.columns.put("epoch", ProgressRow::epoch);
        table.columns.put("loss", ProgressRow::loss);
        table.columns.put("accuracy", ProgressRow::accuracy);
        table.columns.put("learning_rate", ProgressRow::learningRate);
        table.columns.put("records_dropped", ProgressRow::recordsDropped);
        table.columns.put("time_millis", ProgressRow::timeMillis);
        return table;
    }

    /** Those that this build knows, in its order, then those of a newer monitor. */
    private static List<String> metrics(List<ResultRow> rows) {
        List<String> names = new ArrayList<>(Arrays.stream(Metric.values())
                .filter(metric -> metric.scope() != Metric.Scope.RUN)
                .map(Metric::exportedName)
                .toList());
        TreeSet<String> others = new TreeSet<>();
        rows.forEach(row -> others.addAll(row.metrics().keySet()));
        names.forEach(others::remove);
        names.addAll(others);
        return names;
    }

    void write(List<R> rows, Writer out) throws IOException {
        line(columns.keySet(), out);
        for (R row : rows) {
            line(columns.values().stream().map(column -> column.apply(row)).toList(), out);
        }
    }

    private static void line(Iterable<?> values, Writer out) throws IOException {
        String separator = "";
        for (Object value : values) {
            out.write(separator);
            out.write(cell(value));
            separator = ",";
        }
        out.write("\r\n");
    }

    /** Java's decimal of a double is one that reads back as the same double. */
    private static String cell(Object value) {
        String text = value == null ? "" : value.toString();
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
