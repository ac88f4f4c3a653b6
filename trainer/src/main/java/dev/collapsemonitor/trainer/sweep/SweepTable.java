package dev.collapsemonitor.trainer.sweep;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** All runs of a sweep with what became of them. */
public final class SweepTable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> RESULTS =
            List.of("loss", "train_error", "test_error", "seconds", "records_dropped");

    private final List<Row> rows = new ArrayList<>();

    private record Row(SweepRun run, Optional<RunRecord> record) {
        String state() {
            return record.map(known -> known.state() == RunRecord.State.STARTED
                            ? "unfinished"
                            : known.state().name().toLowerCase(Locale.ROOT))
                    .orElse("waiting");
        }
    }

    /** The table of these runs as they stand. */
    public SweepTable(List<SweepRun> runs, SweepState state) {
        runs.forEach(run -> rows.add(new Row(run, state.record(run.name()))));
    }

    /** Runs that have finished. */
    public long finished() {
        return count("finished");
    }

    /** Runs that have failed. */
    public long failed() {
        return count("failed");
    }

    private long count(String state) {
        return rows.stream().filter(row -> row.state().equals(state)).count();
    }

    /** One line per run, and one below the table per failure. */
    public String toText() {
        Set<String> keys = new LinkedHashSet<>();
        rows.forEach(row -> keys.addAll(row.run.varied().keySet()));
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("run"));
        head.addAll(keys);
        head.addAll(List.of("loss", "train error", "test error", "seconds", "dropped", "state"));
        table.add(head);
        StringBuilder failures = new StringBuilder();
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(row.run.name()));
            keys.forEach(key -> line.add(row.run.varied().getOrDefault(key, "-")));
            RESULTS.forEach(key ->
                    line.add(number(row.record.map(record -> record.number(key)).orElse(Double.NaN))));
            line.add(row.state());
            table.add(line);
            row.record
                    .filter(record -> record.state() == RunRecord.State.FAILED)
                    .ifPresent(record -> failures.append(record.run())
                            .append(": ")
                            .append(record.error())
                            .append('\n'));
        }
        return aligned(table) + failures;
    }

    private static String aligned(List<List<String>> table) {
        int[] widths = new int[table.get(0).size()];
        for (List<String> line : table) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> line : table) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                row.append(String.format(Locale.ROOT, "%-" + widths[i] + "s  ", line.get(i)));
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** The same for machines. */
    public String toJson() {
        ObjectNode object = JSON.createObjectNode();
        object.put("finished", finished());
        object.put("failed", failed());
        ArrayNode runs = object.putArray("runs");
        for (Row row : rows) {
            ObjectNode entry = runs.addObject();
            entry.put("run", row.run.name());
            entry.put("state", row.state());
            ObjectNode varied = entry.putObject("varied");
            row.run.varied().forEach(varied::put);
            row.record.ifPresent(record -> {
                entry.set("summary", record.summary());
                entry.put("error", record.error());
            });
        }
        return object.toString();
    }

    /** Three significant digits, whole numbers as such, a dash for what is not known. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e9) {
            return Long.toString((long) value);
        }
        if (!Double.isFinite(value) || Math.abs(value) < 1e-3 || Math.abs(value) >= 1e9) {
            return String.format(Locale.ROOT, "%.2e", value);
        }
        MathContext digits = new MathContext(Math.abs(value) >= 100 ? 9 : 3);
        return BigDecimal.valueOf(value).round(digits).stripTrailingZeros().toPlainString();
    }
}
