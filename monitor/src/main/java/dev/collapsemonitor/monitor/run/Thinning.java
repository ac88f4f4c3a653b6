package dev.collapsemonitor.monitor.run;

import java.util.ArrayList;
import java.util.List;

/** How a series that has grown too long is made shorter: it always spans the whole run, the coarser the longer the run. */
final class Thinning {
    /** Entries of a series before it is thinned; afterwards half of them. */
    static final int MOST = 1_000;

    /** A series of so few is not thinned, however short memory is. */
    static final int FEWEST = 2;

    private Thinning() {}

    /** Every second entry but the first and the last. */
    static <T> List<T> surplus(List<T> series) {
        List<T> surplus = new ArrayList<>();
        for (int i = 1; i < series.size() - 1; i += 2) {
            surplus.add(series.get(i));
        }
        return surplus;
    }
}
