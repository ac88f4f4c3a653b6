package dev.collapsemonitor.standalone.report.data;

import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.export.ProgressRow;
import dev.collapsemonitor.standalone.export.ResultRow;
import dev.collapsemonitor.trainer.settings.NearestName;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** A quantity of a run at a snapshot: a metric of a layer, something that the trainer reported, or made of such. */
public final class Measure {
    private static final String FORECAST = "nc0_forecast";
    private static final String BUDGET = "decay_budget";
    private static final String EPOCH = "epoch";
    private static final String STEP = "step";
    private static final Map<String, Function<ProgressRow, Double>> REPORTED = Map.of(
            "loss", ProgressRow::loss,
            "accuracy", ProgressRow::accuracy,
            "learning_rate", ProgressRow::learningRate);

    private final String text;
    private final Expression expression;

    private final String label;

    private Measure(String label, String text, Expression expression) {
        this.label = label;
        this.text = text;
        this.expression = expression;
    }

    /**
     * Reads a name or an expression, perhaps with a label of its own: {@code share = a/(a + b)}.
     *
     * @throws UserException when it cannot be read or a name is unknown
     */
    public static Measure of(String labelled) {
        int equals = labelled.indexOf('=');
        String text = labelled.substring(equals + 1).strip();
        String label = equals < 0 ? text : labelled.substring(0, equals).strip();
        Expression expression = ExpressionParser.parse(text);
        Set<String> known = names();
        for (String name : expression.names()) {
            if (!known.contains(name)) {
                throw new UserException(
                        "\"" + name + "\" is no metric that is kept by step" + NearestName.hint(name, known));
            }
        }
        return new Measure(label, text, expression);
    }

    /** Every name that can be asked for. */
    static Set<String> names() {
        Set<String> names = new TreeSet<>(REPORTED.keySet());
        Arrays.stream(Metric.values())
                .filter(metric -> metric.scope() != Metric.Scope.RUN)
                .forEach(metric -> names.add(metric.exportedName()));
        names.addAll(Set.of(FORECAST, BUDGET, EPOCH, STEP));
        return names;
    }

    /** What axes and columns call it. */
    public String label() {
        return label;
    }

    /** What it is, for captions: the label with its definition. */
    public String definition() {
        String help = help();
        if (!help.isEmpty()) {
            return label + " (" + help + ")";
        }
        return label.equals(text) ? text : label + " = " + text;
    }

    /** Whether it can only be told of classifiers: it has no place in a profile over the layers. */
    public boolean isOfClassifier() {
        return expression.names().stream()
                .map(Metric::byName)
                .anyMatch(metric -> metric != null && metric.scope() == Metric.Scope.CLASSIFIER);
    }

    private String help() {
        Metric metric = Metric.byName(text);
        return metric == null ? "" : metric.help().replaceAll(";.*", "");
    }

    /** Its value; NaN where it has none. What a trainer reports holds until it reports again. */
    public double at(Run run, ResultRow row) {
        return expression.at(name -> value(run, row, name));
    }

    private static double value(Run run, ResultRow row, String name) {
        if (REPORTED.containsKey(name)) {
            return reported(run, row.step(), REPORTED.get(name));
        }
        return switch (name) {
            case FORECAST -> row.classifier() ? run.forecast().nc0(row.step()) : Double.NaN;
            case BUDGET -> run.forecast().decayBudget(row.step());
            case EPOCH -> row.epoch();
            case STEP -> row.step();
            default -> row.metrics().getOrDefault(name, Double.NaN);
        };
    }

    private static double reported(Run run, long step, Function<ProgressRow, Double> measure) {
        for (ProgressRow row :
                run.progress().headMap(step, true).descendingMap().values()) {
            Double value = measure.apply(row);
            if (value != null) {
                return value;
            }
        }
        return Double.NaN;
    }

    @Override
    public String toString() {
        return text;
    }
}
