package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.report.data.Band;
import dev.collapsemonitor.standalone.report.plot.LinePlot;
import java.util.ArrayList;
import java.util.List;

/** Points for plots: as many as one can see, on scales that show them. */
final class Points {
    private static final int MOST = 700; // of a plot: some 30 kB with their bands
    private static final int FEWEST = 12; // of a curve
    private static final int MOST_MARKS = 150; // of a plot: each is an element of its own
    private static final double WIDE = 100; // ratio of values from which on a logarithm shows more

    private Points() {}

    /** The mean of a band with its smallest and largest values around it. */
    static List<LinePlot.Point> of(Band band) {
        return band.points().stream()
                .map(point -> new LinePlot.Point(
                        point.x(), point.y().mean(), point.y().min(), point.y().max()))
                .toList();
    }

    /** Whether values span more than two decades and are all positive. */
    static boolean isWide(List<LinePlot.Line> lines) {
        double low = Double.POSITIVE_INFINITY;
        double high = 0;
        for (LinePlot.Line line : lines) {
            for (LinePlot.Point point : line.points()) {
                low = Math.min(low, point.low());
                high = Math.max(high, point.high());
            }
        }
        return low > 0 && high / low > WIDE;
    }

    /** The lines without points that their axes cannot show, and without more points than can be seen. */
    static List<LinePlot.Line> fit(List<LinePlot.Line> lines, boolean logX, boolean logY) {
        List<LinePlot.Line> fitting = new ArrayList<>();
        for (LinePlot.Line line : lines) {
            List<LinePlot.Point> shown = new ArrayList<>();
            for (LinePlot.Point point : line.points()) {
                if ((!logX || point.x() > 0) && (!logY || point.y() > 0)) {
                    shown.add(
                            logY && point.low() <= 0
                                    ? new LinePlot.Point(point.x(), point.y(), point.y(), point.high())
                                    : point);
                }
            }
            if (!shown.isEmpty()) {
                int most = line.kind() == LinePlot.Kind.LINE ? MOST : MOST_MARKS;
                fitting.add(new LinePlot.Line(
                        line.label(), line.style(), line.kind(), thin(shown, Math.max(FEWEST, most / lines.size()))));
            }
        }
        return fitting;
    }

    /** Every so manieth point, the first and the last included. */
    static <P> List<P> thin(List<P> points, int most) {
        if (points.size() <= most) {
            return points;
        }
        List<P> thinned = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            thinned.add(points.get((int) Math.round((double) i * (points.size() - 1) / (most - 1))));
        }
        return thinned;
    }
}
