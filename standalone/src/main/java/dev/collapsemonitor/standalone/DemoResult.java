package dev.collapsemonitor.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the demo found: the first and the last snapshot of each run, for programs and for people. */
final class DemoResult {
    private static final Map<String, String> SHOWN = new LinkedHashMap<>();

    static {
        SHOWN.put("nc0_relative", "NC0 rel");
        SHOWN.put("nc0", "NC0");
        SHOWN.put("nc1", "NC1");
        SHOWN.put("nc2_etf_means", "NC2");
        SHOWN.put("nc3", "NC3");
        SHOWN.put("nc4", "NC4");
    }

    private final List<Contrast> contrasts;

    /**
     * @param histories snapshots of each run by ascending step, at least one each
     */
    DemoResult(Map<String, List<SnapshotView>> histories) {
        this.contrasts = histories.entrySet().stream()
                .map(entry -> new Contrast(
                        entry.getKey(),
                        entry.getValue().get(0),
                        entry.getValue().get(entry.getValue().size() - 1)))
                .toList();
    }

    /** {@code {"runs": [{"run": …, "first": {metric: value}, "final": {metric: value}}]}}. */
    String toJson() {
        List<Map<String, Object>> runs = new ArrayList<>();
        for (Contrast contrast : contrasts) {
            Map<String, Object> run = new LinkedHashMap<>();
            run.put("run", contrast.run);
            run.put("first", contrast.first.metrics());
            run.put("final", contrast.last.metrics());
            runs.add(run);
        }
        try {
            return new ObjectMapper().writeValueAsString(Map.of("runs", runs));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A line of first and last values per run, and a sentence that puts them side by side. */
    String toText() {
        StringBuilder text = new StringBuilder();
        for (Contrast contrast : contrasts) {
            text.append(String.format("%-14s", contrast.run));
            SHOWN.forEach((name, label) -> text.append("  ")
                    .append(label)
                    .append(' ')
                    .append(LiveTable.number(contrast.first.metric(name)))
                    .append(" → ")
                    .append(LiveTable.number(contrast.last.metric(name))));
            text.append('\n');
        }
        text.append("NC0 ").append(join(Contrast::change)).append(".\n");
        text.append("NC3, the distance of the classifier from the class means, ends at ")
                .append(join(contrast -> LiveTable.number(contrast.last.metric("nc3")) + " in " + contrast.run));
        return text.append('.').toString();
    }

    private String join(Function<Contrast, String> clause) {
        return contrasts.stream().map(clause).collect(Collectors.joining(" and "));
    }

    private record Contrast(String run, SnapshotView first, SnapshotView last) {
        String change() {
            double factor = last.metric("nc0") / first.metric("nc0");
            if (Double.isNaN(factor)) {
                return "has no value in " + run;
            }
            return factor < 1
                    ? String.format(Locale.ROOT, "fell by %.1f %% in %s", 100 * (1 - factor), run)
                    : "grew " + LiveTable.number(factor) + "-fold in " + run;
        }
    }
}
