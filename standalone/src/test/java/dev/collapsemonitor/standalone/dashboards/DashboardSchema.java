package dev.collapsemonitor.standalone.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What Grafana's own types allow in a dashboard: schemas that {@code grafana/schema/make.mjs} makes of {@code
 * @grafana/schema}. The type of a dashboard leaves open what its panels hold, so these have schemas of their own.
 */
final class DashboardSchema {
    private static final JsonSchemaFactory FACTORY = JsonSchemaFactory.getInstance(VersionFlag.V7);
    private static final Path FOLDER = Repository.path("grafana/schema");

    private DashboardSchema() {}

    /** One line per violation, and none when the dashboard is valid. */
    static List<String> violations(JsonNode dashboard) {
        List<String> violations = new ArrayList<>(validate("dashboard", dashboard, "dashboard"));
        for (JsonNode panel : DashboardCheck.panels(dashboard)) {
            String title = panel.path("title").asText();
            String type = panel.path("type").asText();
            violations.addAll(validate(type + ".options", panel.path("options"), title));
            // Statistics and gauges have no configuration of fields of their own.
            if (Files.exists(file(type + ".custom"))) {
                violations.addAll(validate(type + ".custom", custom(panel), title));
            }
        }
        return violations;
    }

    private static JsonNode custom(JsonNode panel) {
        JsonNode custom = panel.at("/fieldConfig/defaults/custom");
        return custom.isMissingNode() ? JsonNodeFactory.instance.objectNode() : custom;
    }

    private static List<String> validate(String schema, JsonNode node, String where) {
        if (!Files.exists(file(schema))) {
            return List.of(where + ": no schema " + file(schema) + "; add the type of panel to make.mjs");
        }
        JsonSchema compiled = FACTORY.getSchema(Repository.json(file(schema)));
        return compiled.validate(node).stream()
                .map(ValidationMessage::getMessage)
                .map(message -> where + ": " + message)
                .toList();
    }

    private static Path file(String schema) {
        return FOLDER.resolve(schema + ".json");
    }
}
