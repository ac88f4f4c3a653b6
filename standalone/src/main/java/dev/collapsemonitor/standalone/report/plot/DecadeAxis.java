package dev.collapsemonitor.standalone.report.plot;

import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import org.jfree.chart.axis.AxisState;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTick;
import org.jfree.chart.axis.TickType;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.TextAnchor;

/**
 * A logarithmic axis with labels where people expect them: at powers of ten, over short ranges also at 2 and 5 times these,
 * and at round numbers where the range is shorter still.
 */
final class DecadeAxis extends LogAxis {
    private static final int MOST_LABELS = 7;
    private static final double SHORT = 2.5; // decades
    private static final double VERY_SHORT = 0.6;

    DecadeAxis(String label) {
        super(label);
        setMinorTickMarksVisible(false);
    }

    @Override
    public List<NumberTick> refreshTicks(Graphics2D g2, AxisState state, Rectangle2D area, RectangleEdge edge) {
        boolean vertical = RectangleEdge.isLeftOrRight(edge);
        List<NumberTick> ticks = new ArrayList<>();
        for (double value : values(getRange().getLowerBound(), getRange().getUpperBound())) {
            ticks.add(new NumberTick(
                    TickType.MAJOR,
                    value,
                    Figures.label(value),
                    vertical ? TextAnchor.CENTER_RIGHT : TextAnchor.TOP_CENTER,
                    TextAnchor.CENTER,
                    0));
        }
        return ticks;
    }

    /** Where there are labels between two positive numbers. */
    static List<Double> values(double low, double high) {
        double decades = Math.log10(high / low);
        if (decades < VERY_SHORT) {
            return round(low, high);
        }
        List<Double> values = new ArrayList<>();
        double[] multiples = decades < SHORT ? new double[] {1, 2, 5} : new double[] {1};
        int every = Math.max(1, (int) Math.ceil(decades / MOST_LABELS));
        int first = (int) Math.floor(Math.log10(low)) - 1;
        for (int exponent = first; exponent <= Math.ceil(Math.log10(high)); exponent++) {
            if (Math.floorMod(exponent, every) != 0) {
                continue;
            }
            for (double multiple : multiples) {
                double value = Double.parseDouble((int) multiple + "e" + exponent);
                if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
                    values.add(value);
                }
            }
        }
        return values;
    }

    private static List<Double> round(double low, double high) {
        double size = (high - low) / 5;
        double power = Math.pow(10, Math.floor(Math.log10(size)));
        double step = size / power > 5 ? 10 * power : size / power > 2 ? 5 * power : 2 * power;
        List<Double> values = new ArrayList<>();
        for (long i = (long) Math.ceil(low / step); i * step <= high; i++) {
            values.add(i * step);
        }
        return values;
    }
}
