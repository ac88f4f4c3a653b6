package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.Comparator;

/** Identity of a result within a run and layer; ordered as a history is read. */
public record ResultId(int attempt, long step, Mode mode, Split split) implements Comparable<ResultId> {
    private static final Comparator<ResultId> ORDER = Comparator.comparingInt(ResultId::attempt)
            .thenComparingLong(ResultId::step)
            .thenComparing(ResultId::mode)
            .thenComparing(ResultId::split);

    /** The identity of a result. */
    public static ResultId of(LayerResult result) {
        return new ResultId(result.getAttempt(), result.getStep(), result.getMode(), result.getSplit());
    }

    @Override
    public int compareTo(ResultId other) {
        return ORDER.compare(this, other);
    }
}
