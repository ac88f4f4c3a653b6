package dev.collapsemonitor.standalone.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Opens a dashboard as Grafana would, without Grafana: resolves its variables against a Prometheus in their order, then
 * runs every query of every panel. A refused query, an empty answer, a variable without values, a reference to no
 * variable and a legend that names a label the answer lacks are problems, each naming panel and query.
 */
final class DashboardCheck {
    private static final Duration RANGE = Duration.ofMinutes(5);
    private static final Pattern REFERENCE = Pattern.compile("\\$(?:\\{(\\w+)(?::(\\w+))?}|(\\w+))");
    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((?:(.+),)?\\s*(\\w+)\\s*\\)");
    private static final Pattern LEGEND_LABEL = Pattern.compile("\\{\\{\\s*(\\w+)\\s*}}");
    private static final Pattern MAY_BE_EMPTY = Pattern.compile("\\bEmpty: |\\bNo dashed line ");
    private static final Pattern REGEX_SPECIAL = Pattern.compile("[$^*{}\\[\\]'+?.()|]");

    private final PrometheusApi prometheus;
    private final JsonNode dashboard;
    private final Map<String, String> chosen = new HashMap<>();
    private boolean mayBeEmpty;

    DashboardCheck(PrometheusApi prometheus, Path dashboard) {
        this(prometheus, Repository.json(dashboard));
    }

    DashboardCheck(PrometheusApi prometheus, JsonNode dashboard) {
        this.prometheus = prometheus;
        this.dashboard = dashboard;
    }

    /** Chooses one value of a variable, as a click in its menu does, in place of what the dashboard opens with. */
    DashboardCheck choosing(String variable, String value) {
        chosen.put(variable, value);
        return this;
    }

    /** Lets those panels be empty that say in their description when they are: not every run can show everything. */
    DashboardCheck forgivingWhatMayBeEmpty() {
        mayBeEmpty = true;
        return this;
    }

    /** Runs everything; returns one line per problem, and none when the dashboard is sound. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        Map<String, String> values = resolveVariables(problems);
        int queries = 0;
        for (JsonNode panel : panels(dashboard)) {
            String name = dashboard.path("title").asText() + " / "
                    + panel.path("title").asText("panel " + panel.path("id").asText());
            try {
                interpolate(panel.path("title").asText(), values);
                interpolate(datasource(panel.path("datasource")), values);
            } catch (IllegalArgumentException e) {
                problems.add(name + ": " + e.getMessage());
            }
            for (JsonNode target : panel.path("targets")) {
                queries++;
                check(
                        name,
                        target,
                        values,
                        mayBeEmpty
                                && MAY_BE_EMPTY
                                        .matcher(panel.path("description").asText())
                                        .find(),
                        problems);
            }
        }
        if (queries == 0) {
            problems.add(dashboard.path("title").asText() + ": no panel has a query");
        }
        return problems;
    }

    /** All panels that show something: rows are opened, and left out themselves. */
    static List<JsonNode> panels(JsonNode dashboard) {
        List<JsonNode> panels = new ArrayList<>();
        for (JsonNode panel : dashboard.path("panels")) {
            if (panel.path("type").asText().equals("row")) {
                panels.addAll(panels(panel));
            } else {
                panels.add(panel);
            }
        }
        return panels;
    }

    /** The name of a data source, whether written as a string or as an object with a uid. */
    static String datasource(JsonNode reference) {
        return reference.isObject() ? reference.path("uid").asText() : reference.asText();
    }

    private void check(
            String panel, JsonNode target, Map<String, String> values, boolean forgiven, List<String> problems) {
        String query = target.path("expr").asText();
        String name = panel + " [" + target.path("refId").asText() + "] " + query;
        try {
            interpolate(datasource(target.path("datasource")), values);
            String expression = interpolate(query, values);
            List<PrometheusApi.Series> answer = target.path("instant").asBoolean()
                    ? prometheus.query(expression)
                    : prometheus.queryRange(expression, RANGE, PrometheusProcess.SCRAPE_INTERVAL);
            if (!forgiven && answer.stream().noneMatch(PrometheusApi.Series::hasNumber)) {
                problems.add(name + ": empty result; asked: " + expression);
            }
            LEGEND_LABEL
                    .matcher(target.path("legendFormat").asText())
                    .results()
                    .map(label -> label.group(1))
                    .filter(label ->
                            answer.stream().anyMatch(series -> !series.labels().containsKey(label)))
                    .forEach(label -> problems.add(name + ": the legend names {{" + label
                            + "}}, which the answer lacks; asked: " + expression));
        } catch (PrometheusApi.QueryException | IllegalArgumentException e) {
            problems.add(name + ": " + e.getMessage());
        }
    }

    private Map<String, String> resolveVariables(List<String> problems) {
        // What Grafana provides itself, for a panel whose step is one scrape.
        Map<String, String> values = new LinkedHashMap<>();
        long scrape = PrometheusProcess.SCRAPE_INTERVAL.toSeconds();
        values.put("__interval", scrape + "s");
        values.put("__interval_ms", Long.toString(scrape * 1000));
        values.put("__rate_interval", 4 * scrape + "s");
        values.put("__range", RANGE.toSeconds() + "s");
        values.put("__range_s", Long.toString(RANGE.toSeconds()));
        values.put("__range_ms", Long.toString(RANGE.toMillis()));
        for (JsonNode variable : dashboard.path("templating").path("list")) {
            String name = variable.path("name").asText();
            try {
                values.put(name, resolve(variable, values));
            } catch (PrometheusApi.QueryException | IllegalArgumentException e) {
                problems.add(dashboard.path("title").asText() + " / variable " + name + ": " + e.getMessage());
            }
        }
        return values;
    }

    private String resolve(JsonNode variable, Map<String, String> values) {
        String name = variable.path("name").asText();
        String query = variable.path("query").isObject()
                ? variable.path("query").path("query").asText()
                : variable.path("query").asText();
        boolean multiple = variable.path("multi").asBoolean();
        List<String> options;
        switch (variable.path("type").asText()) {
            case "datasource" -> {
                if (!query.equals("prometheus")) {
                    throw new IllegalArgumentException("data source of type " + query + ", not prometheus");
                }
                return "prometheus";
            }
            case "custom" ->
                options = List.of(query.split(",")).stream().map(String::strip).toList();
            case "query" -> options = labelValues(query, variable.path("regex").asText(), values);
            default ->
                throw new IllegalArgumentException(
                        "type " + variable.path("type").asText() + " is not known to this check");
        }
        if (options.isEmpty()) {
            throw new IllegalArgumentException("no values from " + query);
        }
        JsonNode current = variable.path("current").path("value");
        String opening = current.isArray() ? current.path(0).asText() : current.asText();
        if (chosen.containsKey(name)) {
            if (!options.contains(chosen.get(name))) {
                throw new IllegalArgumentException("\"" + chosen.get(name) + "\" is not among its values " + options);
            }
            return multiple ? escape(chosen.get(name)) : chosen.get(name);
        }
        if (variable.path("includeAll").asBoolean() && opening.equals("$__all")) {
            return variable.hasNonNull("allValue")
                    ? variable.path("allValue").asText()
                    : options.stream().map(DashboardCheck::escape).collect(Collectors.joining("|", "(", ")"));
        }
        String value = options.contains(opening) ? opening : options.get(0);
        return multiple ? escape(value) : value;
    }

    private List<String> labelValues(String query, String regex, Map<String, String> values) {
        Matcher call = LABEL_VALUES.matcher(query.strip());
        if (!call.matches()) {
            throw new IllegalArgumentException("not label_values(selector, label): " + query);
        }
        String selector = call.group(1) == null ? "" : interpolate(call.group(1), values);
        List<String> found = prometheus.labelValues(call.group(2), selector);
        return regex.isEmpty()
                ? found
                : found.stream()
                        .filter(Pattern.compile(regex.replaceAll("^/|/$", "")).asPredicate())
                        .toList();
    }

    private static String interpolate(String text, Map<String, String> values) {
        return REFERENCE.matcher(text).replaceAll(reference -> {
            String name = reference.group(1) != null ? reference.group(1) : reference.group(3);
            if (!values.containsKey(name)) {
                throw new IllegalArgumentException("unresolved variable " + reference.group());
            }
            if (reference.group(2) != null && !reference.group(2).equals("regex")) {
                throw new IllegalArgumentException("format of " + reference.group() + " is not known to this check");
            }
            return Matcher.quoteReplacement(values.get(name));
        });
    }

    // As Grafana's Prometheus data source does for variables of several values: the text stands in a quoted regex.
    private static String escape(String value) {
        return REGEX_SPECIAL.matcher(value.replace("\\", "\\\\\\\\")).replaceAll("\\\\\\\\$0");
    }
}
