package dev.collapsemonitor.monitor.forecast;

import dev.collapsemonitor.monitor.forecast.RowSumForecast.ClosedForm;
import dev.collapsemonitor.monitor.forecast.RowSumForecast.Direction;
import dev.collapsemonitor.monitor.forecast.RowSumForecast.Trend;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Measured against forecast row sums. The closed form holds for any data and network, so a difference is itself a
 * finding: the optimizer does not do what the descriptor declares.
 */
public final class ForecastCheck {
    /** Relative difference of ‖Wᵀ1‖ that float32 and a momentum buffer that was lost do not explain. */
    static final double TOLERANCE = 0.1;

    /** Over ‖W‖_F: below it, what is left of the row sum is the round-off of float32 training. */
    public static final double FLOOR = 1e-4;

    /** With adaptive rules: share of the first ‖Wᵀ1‖ below which nobody says that it grows. */
    private static final double FALLEN = 0.5;

    private ForecastCheck() {}

    /**
     * The row sum of one snapshot.
     *
     * @param norm ‖Wᵀ1‖
     * @param weightNorm ‖W‖_F
     */
    public record Measured(long step, double norm, double weightNorm) {}

    /**
     * What is wrong, and, where another rule explains the measured values, what is likely the cause; empty when the
     * forecast holds, when there is none, and before so many snapshots in a row disagree.
     *
     * @param snapshots of one training in the order of steps, the first being what the forecast starts from
     * @param inARow how many of the newest must disagree
     */
    public static Optional<String> finding(RunDescriptor declared, List<Measured> snapshots, int inARow) {
        if (snapshots.size() <= inARow) {
            return Optional.empty();
        }
        Measured first = snapshots.get(0);
        List<Measured> last = snapshots.subList(snapshots.size() - inARow, snapshots.size());
        RowSumForecast forecast = RowSumForecast.of(declared);
        if (forecast instanceof Direction direction) {
            boolean fell = last.stream().allMatch(measured -> measured.norm() < FALLEN * first.norm());
            return direction.trend() == Trend.GROWS && fell
                    ? Optional.of("NC0 falls where the declared decoupled decay would let it grow: the weight decay is"
                            + " likely coupled")
                    : Optional.empty();
        }
        if (!(forecast instanceof ClosedForm curve)
                || last.stream().anyMatch(snapshot -> agrees(curve, first, snapshot))) {
            return Optional.empty();
        }
        Measured newest = last.get(last.size() - 1);
        String difference = String.format(
                Locale.ROOT,
                "NC0 does not follow its forecast: |W^T 1| is %.2g times its first value, forecast was %.2g: ",
                newest.norm() / first.norm(),
                curve.normRatio(first.step(), newest.step()));
        return Optional.of(difference
                + suspects(declared).entrySet().stream()
                        .filter(suspect -> RowSumForecast.of(suspect.getValue()) instanceof ClosedForm other
                                && last.stream().allMatch(snapshot -> agrees(other, first, snapshot)))
                        .map(Map.Entry::getKey)
                        .findFirst()
                        .orElse("optimizer, weight decay or schedule are not as declared"));
    }

    private static boolean agrees(ClosedForm curve, Measured first, Measured now) {
        double expected = first.norm() * curve.normRatio(first.step(), now.step());
        // Nothing is said where something is not known.
        return !(Math.abs(now.norm() - expected) > TOLERANCE * expected + FLOOR * now.weightNorm());
    }

    /** What goes wrong in practice, the likeliest first, as the descriptor that would be true. */
    private static Map<String, RunDescriptor> suspects(RunDescriptor declared) {
        Map<String, RunDescriptor> suspects = new LinkedHashMap<>();
        double lambda = declared.getWeightDecay().getLambda();
        boolean decoupled = declared.getWeightDecay().getCoupling() == Coupling.DECOUPLED;
        suspects.put(
                "the last layer is likely not decayed",
                with(declared, lambda, declared.getWeightDecay().getCoupling(), true));
        suspects.put(
                "the last layer is likely decayed",
                with(declared, lambda, declared.getWeightDecay().getCoupling(), false));
        suspects.put(
                decoupled ? "the weight decay is likely coupled" : "the weight decay is likely decoupled",
                with(declared, lambda, decoupled ? Coupling.COUPLED : Coupling.DECOUPLED, false));
        suspects.put(
                "the weight decay is likely applied twice",
                with(declared, 2 * lambda, declared.getWeightDecay().getCoupling(), false));
        return suspects;
    }

    private static RunDescriptor with(RunDescriptor declared, double lambda, Coupling coupling, boolean excluded) {
        RunDescriptor.Builder changed = declared.toBuilder();
        changed.getWeightDecayBuilder().setLambda(lambda).setCoupling(coupling).setLastLayerExcluded(excluded);
        return changed.build();
    }
}
