package dev.collapsemonitor.monitor.exposition;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.phase.Phase;
import java.util.Locale;

/** What the names of metrics and phases mean, for the page: said once, where they are defined. */
final class Glossary {
    private Glossary() {}

    static ObjectNode view() {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ObjectNode metrics = view.putObject("metrics");
        for (Metric metric : Metric.values()) {
            metrics.putObject(metric.exportedName())
                    .put("scope", metric.scope().name().toLowerCase(Locale.ROOT))
                    .put("help", metric.help());
        }
        ObjectNode phases = view.putObject("phases");
        for (Phase phase : Phase.values()) {
            phases.put(phase.name(), phase.meaning());
        }
        return view;
    }
}
