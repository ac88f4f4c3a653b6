package dev.collapsemonitor.standalone.dashboards;

import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.exposition.PlatformMetrics;
import dev.collapsemonitor.monitor.exposition.RunCollector;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.layer.StateBudget;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.standalone.Exposition;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the monitor exports, taken from its own code, and what a PromQL expression asks for. A dashboard or rule that
 * names anything else shows nothing, silently.
 */
final class ExportedNames {
    static final List<String> LAYER = names(Metric.Scope.FEATURES, Metric.Scope.WEIGHTS, Metric.Scope.BOTH);
    static final List<String> CLASSIFIER = names(Metric.Scope.CLASSIFIER);
    static final List<String> RUN = names(Metric.Scope.RUN);

    /** What the monitor's own code writes for a run with one layer, beside counters that start at 0. */
    private static final Exposition SCRAPE = scrapeOfOneRun();

    private static final Set<String> METRICS =
            union(LAYER, CLASSIFIER, RUN, SCRAPE.names(), PlatformMetrics.kafkaNames());

    /** Kafka's own metrics bring the first ones, Prometheus adds the others. */
    private static final Set<String> LABELS = union(
            SCRAPE.labelNames(),
            List.of("client_id", "thread_id", "instance", "job", "alertname", "alertstate", "severity"));

    private static final Pattern RECORDED = Pattern.compile("\\b\\w+:\\w+:\\w+\\b");

    private static final Pattern METRIC = Pattern.compile("\\b(?:collapse|jvm|kafka|process|system)_\\w+");
    private static final Pattern MATCHED_LABEL = Pattern.compile("[{,]\\s*(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"");
    private static final Pattern GROUPED_LABELS =
            Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");

    private static final Pattern DOCUMENTED = Pattern.compile("\\b(collapse_[a-z0-9_]+)(\\*?)");
    private static final Pattern SELECTOR = Pattern.compile("\\bcollapse_\\w+\\{[^}]*}");

    private ExportedNames() {}

    /** Metrics and labels of the expression that no monitor exports. */
    static Set<String> unknownIn(String expression) {
        Set<String> unknown = new TreeSet<>();
        RECORDED.matcher(expression)
                .results()
                .map(found -> found.group())
                .filter(name -> !recorded().contains(name))
                .forEach(unknown::add);
        METRIC.matcher(RECORDED.matcher(expression).replaceAll(""))
                .results()
                .map(found -> found.group())
                .filter(name -> !METRICS.contains(name))
                .forEach(unknown::add);
        Stream.concat(
                        MATCHED_LABEL.matcher(expression).results().map(found -> found.group(1)),
                        GROUPED_LABELS
                                .matcher(expression)
                                .results()
                                .flatMap(found -> Arrays.stream(found.group(1).split(","))))
                .map(String::strip)
                .filter(label -> !label.isEmpty() && !LABELS.contains(label))
                .forEach(unknown::add);
        return unknown;
    }

    /** As {@link #unknownIn}, for the query of a variable: label_values(selector, label). */
    static Set<String> unknownInVariable(String query) {
        Set<String> unknown = unknownIn(query);
        Matcher label = Pattern.compile(",\\s*(\\w+)\\s*\\)$").matcher(query.strip());
        if (label.find() && !LABELS.contains(label.group(1))) {
            unknown.add(label.group(1));
        }
        return unknown;
    }

    /**
     * Metrics that a document names and no monitor exports. It may name a timer without its suffix, and several metrics by
     * what they begin with and a star.
     */
    static Set<String> unknownInDocument(String text) {
        Set<String> unknown = new TreeSet<>();
        DOCUMENTED
                .matcher(text)
                .results()
                .filter(found -> found.group(2).isEmpty()
                        ? !METRICS.contains(found.group(1)) && !METRICS.contains(found.group(1) + "_count")
                        : METRICS.stream().noneMatch(name -> name.startsWith(found.group(1))))
                .forEach(found -> unknown.add(found.group()));
        SELECTOR.matcher(text)
                .results()
                .flatMap(selector ->
                        MATCHED_LABEL.matcher(selector.group()).results().map(found -> found.group(1)))
                .filter(label -> !LABELS.contains(label))
                .forEach(unknown::add);
        return unknown;
    }

    /** Names of the recording rules. */
    private static Set<String> recorded() {
        Set<String> names = new TreeSet<>();
        Repository.rules().forEach(file -> names.addAll(Repository.yaml(file).findValuesAsText("record")));
        return names;
    }

    private static List<String> names(Metric.Scope... scopes) {
        return Arrays.stream(Metric.values())
                .filter(metric -> List.of(scopes).contains(metric.scope()))
                .map(metric -> "collapse_" + metric.exportedName())
                .toList();
    }

    private static Exposition scrapeOfOneRun() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        PlatformMetrics.filter(registry);
        RunDirectory runs = new RunDirectory();
        MonitorMetrics.ownedRuns(registry, runs);
        new MonitorMetrics(registry);
        MonitorMetrics.lag(registry, topic -> 0);
        MonitorMetrics.stateMemory(registry, new StateBudget(StateBudget.DEFAULT_BYTES));
        PlatformMetrics.jvm(registry);
        try (JvmGcMetrics gc = new JvmGcMetrics()) {
            gc.bindTo(registry); // what it has registered stays
        }
        registry.getPrometheusRegistry().register(new RunCollector(runs));
        LayerResult result = LayerResult.newBuilder()
                .setRun("r")
                .setLayer(Layer.newBuilder().setName("fc"))
                .setAttempt(1)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setCoverage(1)
                .putMetrics(Metric.NC1.exportedName(), 1)
                .build();
        runs.open(result.getRun()).update(result, 0);
        return Exposition.parse(registry.scrape());
    }

    private static Set<String> union(Collection<?>... names) {
        return Stream.of(names)
                .flatMap(Collection::stream)
                .map(String.class::cast)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
