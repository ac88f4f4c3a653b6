package dev.collapsemonitor.standalone.report.data;

import dev.collapsemonitor.standalone.export.ResultRow;
import java.util.List;

/**
 * Which results of a run are looked at.
 *
 * @param layer a name; empty for the classifier
 * @param mode {@code snapshot} or {@code rolling}
 * @param split {@code train} or {@code test}
 */
public record View(String layer, String mode, String split) {
    /** Of that layer. */
    public View of(String other) {
        return new View(other, mode, split);
    }

    /** By step; empty when there are none. */
    public List<ResultRow> of(Run run) {
        return layer.isEmpty()
                ? run.classifier().map(name -> run.results(name, mode, split)).orElse(List.of())
                : run.results(layer, mode, split);
    }
}
