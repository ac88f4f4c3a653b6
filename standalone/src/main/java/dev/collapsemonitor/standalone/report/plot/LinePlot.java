package dev.collapsemonitor.standalone.report.plot;

import java.util.List;

/**
 * Curves over one axis.
 *
 * @param title above it; empty for none
 * @param logX whether the horizontal axis is logarithmic: without values that are not positive
 * @param xNames what to write at 0, 1, 2 … of the horizontal axis; empty for numbers
 * @param lines in the order of the legend
 */
public record LinePlot(
        String title, String xLabel, String yLabel, boolean logX, boolean logY, List<String> xNames, List<Line> lines) {
    public LinePlot {
        xNames = List.copyOf(xNames);
        lines = List.copyOf(lines);
    }

    /** How a curve is drawn. */
    public enum Kind {
        LINE,
        POINTS,
        LINE_WITH_POINTS
    }

    /**
     * A curve.
     *
     * @param label in the legend; empty for none
     * @param style lines of one number look alike in all plots
     */
    public record Line(String label, int style, Kind kind, List<Point> points) {
        public Line {
            points = List.copyOf(points);
        }
    }

    /** A point and the band around it. */
    public record Point(double x, double y, double low, double high) {
        /** Without a band. */
        public static Point of(double x, double y) {
            return new Point(x, y, y, y);
        }
    }
}
