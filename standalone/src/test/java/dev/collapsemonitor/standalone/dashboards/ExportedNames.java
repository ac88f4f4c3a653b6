package dev.collapsemonitor.standalone.dashboards;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the monitor promises to export, by scope, and what a PromQL expression asks for. A dashboard or rule that names
 * anything else shows nothing, silently.
 */
final class ExportedNames {
    static final List<String> LAYER = names("""
            nc1 nc1_quotient cdnv vci tcv tcv_relative class_mean_rank nc2_equinorm_means nc2_equiangular_means
            nc2_max_angle_means nc2_etf_means intra_class_cosine intra_class_cosine_min inter_class_cosine
            inter_class_cosine_max feature_norm nc4 nc4_samples error_rate snr_min snr_max snr_dropped_dims spectral_norm
            frobenius_norm stable_rank effective_rank numerical_rank roundoff_rank energy_rank_99 rank_k_distance
            rank_k_distance_relative rank_k_minus_1_distance rank_k_minus_1_distance_relative low_rank_ratio low_rank_bound
            """);
    static final List<String> CLASSIFIER = names("""
            nc0 nc0_norm nc0_relative nc0_forecast nc2_equinorm_weights nc2_equiangular_weights nc2_max_angle_weights
            nc2_etf_weights nc3 nc3_etf nc3_floor minority_angle_min minority_angle_mean mse_loss_nc1 mse_loss_nc23
            mse_loss_perp central_path_distance central_path_spread weights_age_steps
            """);
    static final List<String> RUN = names("""
            loss accuracy learning_rate step epoch attempt decay_budget collapse_depth equiseparation_slope
            equiseparation_r2 local_elasticity_within local_elasticity_between snapshot_coverage
            last_record_timestamp_seconds
            """);
    /** State sets: the state stands in a label of the metric's own name. */
    static final List<String> STATE_SETS = names("run_status run_phase");

    private static final List<String> OTHER = names("run_info records_total records_rejected_total");

    private static final Set<String> METRICS = Stream.of(LAYER, CLASSIFIER, RUN, STATE_SETS, OTHER)
            .flatMap(List::stream)
            .collect(Collectors.toCollection(TreeSet::new));

    private static final Set<String> LABELS = Stream.concat(
                    names("run experiment layer mode split optimizer coupling dataset loss topic reason instance job")
                            .stream()
                            .map(name -> name.substring("collapse_".length())),
                    STATE_SETS.stream())
            .collect(Collectors.toCollection(TreeSet::new));

    private static final Pattern METRIC = Pattern.compile("\\bcollapse_\\w+");
    private static final Pattern MATCHED_LABEL = Pattern.compile("[{,]\\s*(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"");
    private static final Pattern GROUPED_LABELS =
            Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");

    private ExportedNames() {}

    /** Metrics and labels of the expression that no monitor exports. */
    static Set<String> unknownIn(String expression) {
        Set<String> unknown = new TreeSet<>();
        METRIC.matcher(expression)
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

    private static List<String> names(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .map(name -> "collapse_" + name)
                .toList();
    }
}
