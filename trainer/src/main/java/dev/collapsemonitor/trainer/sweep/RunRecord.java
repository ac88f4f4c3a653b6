package dev.collapsemonitor.trainer.sweep;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is known of a run of a sweep.
 *
 * @param settings with which it was started
 * @param summary what {@code train --json} printed; an empty object unless it finished
 * @param error what it said last when it failed; else empty
 */
record RunRecord(String run, State state, Map<String, String> settings, JsonNode summary, String error) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** How far a run is. */
    enum State {
        STARTED,
        FINISHED,
        FAILED
    }

    static RunRecord started(SweepRun run) {
        return new RunRecord(run.name(), State.STARTED, run.settings(), JSON.createObjectNode(), "");
    }

    RunRecord finished(JsonNode result) {
        return new RunRecord(run, State.FINISHED, settings, result, "");
    }

    RunRecord failed(String reason) {
        return new RunRecord(run, State.FAILED, settings, summary, reason);
    }

    /** A number of the summary; NaN when it has none. */
    double number(String key) {
        return summary.path(key).asDouble(Double.NaN);
    }

    String toJson() {
        ObjectNode object = JSON.createObjectNode();
        object.put("run", run);
        object.put("state", state.name());
        ObjectNode all = object.putObject("settings");
        new TreeMap<>(settings).forEach(all::put);
        object.set("summary", summary);
        object.put("error", error);
        return object.toPrettyString();
    }

    /** Reads what {@link #toJson} wrote. */
    static RunRecord parse(String json) throws JsonProcessingException {
        JsonNode object = JSON.readTree(json);
        Map<String, String> settings = new TreeMap<>();
        object.path("settings")
                .properties()
                .forEach(setting ->
                        settings.put(setting.getKey(), setting.getValue().asText()));
        return new RunRecord(
                object.path("run").asText(),
                JSON.convertValue(object.path("state"), State.class),
                settings,
                object.path("summary"),
                object.path("error").asText());
    }
}
