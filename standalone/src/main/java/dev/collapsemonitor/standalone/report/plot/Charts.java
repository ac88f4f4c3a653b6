package dev.collapsemonitor.standalone.report.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Paint;
import java.awt.geom.Line2D;
import java.util.List;
import java.util.Locale;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.LegendItemSource;
import org.jfree.chart.annotations.XYTextAnnotation;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.PaintScale;
import org.jfree.chart.renderer.xy.XYBlockRenderer;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.HorizontalAlignment;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.xy.DefaultXYZDataset;
import org.jfree.data.xy.YIntervalSeries;
import org.jfree.data.xy.YIntervalSeriesCollection;

/** JFreeChart's charts of our plots. */
final class Charts {
    private static final BasicStroke THIN = new BasicStroke(1);
    private static final double LEGEND_LINE = 14; // half its length: long enough for two dashes
    private static final float BAND = 0.18f;

    private Charts() {}

    static JFreeChart lines(LinePlot plot) {
        YIntervalSeriesCollection data = new YIntervalSeriesCollection();
        BandRenderer renderer = new BandRenderer();
        renderer.setDrawOutlines(false);
        renderer.setAlpha(BAND);
        renderer.setLegendLine(new Line2D.Double(-LEGEND_LINE, 0, LEGEND_LINE, 0));
        for (int i = 0; i < plot.lines().size(); i++) {
            LinePlot.Line line = plot.lines().get(i);
            // Keys must differ; labels need not.
            YIntervalSeries series = new YIntervalSeries(new Key(i, line.label()), false, true);
            for (LinePlot.Point point : line.points()) {
                series.add(point.x(), point.y(), point.low(), point.high());
            }
            data.addSeries(series);
            if (line.points().stream().anyMatch(point -> point.low() < point.high())) {
                renderer.addBand(i);
            }
            Color colour = Look.colour(line.style());
            renderer.setSeriesPaint(i, colour);
            renderer.setSeriesFillPaint(i, colour);
            renderer.setSeriesStroke(i, Look.stroke(line.style()));
            renderer.setSeriesShape(i, Look.mark(line.style()));
            renderer.setSeriesLinesVisible(i, line.kind() != LinePlot.Kind.POINTS);
            renderer.setSeriesShapesVisible(
                    i, line.kind() != LinePlot.Kind.LINE || line.points().size() == 1);
            renderer.setSeriesShapesFilled(i, true);
            renderer.setSeriesVisibleInLegend(i, !line.label().isEmpty());
        }
        XYPlot xyPlot = new XYPlot(data, xAxis(plot), yAxis(plot.yLabel(), plot.logY()), renderer);
        style(xyPlot);
        return chart(plot.title(), xyPlot);
    }

    /** A series' key that reads as its label. */
    private record Key(int number, String label) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return Integer.compare(number, other.number);
        }

        @Override
        public String toString() {
            return label;
        }
    }

    private static ValueAxis xAxis(LinePlot plot) {
        if (!plot.xNames().isEmpty()) {
            return names(plot.xLabel(), plot.xNames());
        }
        ValueAxis axis;
        if (plot.logX()) {
            axis = new DecadeAxis(plot.xLabel());
        } else {
            NumberAxis linear = number(plot.xLabel());
            linear.setAutoRangeIncludesZero(false);
            axis = linear;
        }
        axis.setLowerMargin(0.02);
        axis.setUpperMargin(0.02);
        return axis;
    }

    private static ValueAxis yAxis(String label, boolean log) {
        if (log) {
            return new DecadeAxis(label);
        }
        NumberAxis axis = number(label);
        axis.setAutoRangeIncludesZero(false);
        return axis;
    }

    private static NumberAxis number(String label) {
        NumberAxis axis = new NumberAxis(label);
        axis.setStandardTickUnits(NumberAxis.createStandardTickUnits(Locale.ROOT));
        axis.setNumberFormatOverride(new TickFormat());
        return axis;
    }

    private static SymbolAxis names(String label, List<String> names) {
        SymbolAxis axis = new SymbolAxis(label, names.toArray(String[]::new));
        axis.setGridBandsVisible(false);
        axis.setRange(-0.5, names.size() - 0.5);
        return axis;
    }

    static JFreeChart heat(HeatPlot plot) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double[] row : plot.cells()) {
            for (double cell : row) {
                if (!Double.isNaN(cell)) {
                    low = Math.min(low, scaled(plot, cell));
                    high = Math.max(high, scaled(plot, cell));
                }
            }
        }
        HeatScale scale = new HeatScale(low, high);
        int columns = plot.columns().size();
        int rows = plot.rows().size();
        double[][] xyz = new double[3][columns * rows];
        XYPlot xyPlot = new XYPlot();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double cell = plot.cells()[row][column];
                int i = row * columns + column;
                xyz[0][i] = column;
                xyz[1][i] = row;
                xyz[2][i] = scaled(plot, cell);
                XYTextAnnotation text = new XYTextAnnotation(Figures.of(cell), column, row);
                text.setFont(Look.TEXT);
                text.setPaint(Look.textOn(scale.colour(xyz[2][i])));
                xyPlot.addAnnotation(text);
            }
        }
        DefaultXYZDataset data = new DefaultXYZDataset();
        data.addSeries("", xyz);
        XYBlockRenderer renderer = new XYBlockRenderer();
        renderer.setPaintScale(scale);
        xyPlot.setDataset(data);
        xyPlot.setRenderer(renderer);
        xyPlot.setDomainAxis(names(plot.xLabel(), plot.columns()));
        xyPlot.setRangeAxis(names(plot.yLabel(), plot.rows()));
        style(xyPlot);
        xyPlot.setDomainGridlinesVisible(false);
        xyPlot.setRangeGridlinesVisible(false);
        JFreeChart chart = chart(plot.title(), xyPlot);
        chart.removeLegend();
        return chart;
    }

    private static double scaled(HeatPlot plot, double cell) {
        return plot.log() ? Math.log10(cell) : cell;
    }

    /** Colours from the lowest to the highest value; a value that is none is almost white. */
    private record HeatScale(double low, double high) implements PaintScale {
        private static final Color NONE = new Color(0xf4, 0xf4, 0xf4);

        Color colour(double value) {
            if (Double.isNaN(value)) {
                return NONE;
            }
            return Look.heat(high > low ? (value - low) / (high - low) : 0.5);
        }

        @Override
        public double getLowerBound() {
            return low;
        }

        @Override
        public double getUpperBound() {
            return high;
        }

        @Override
        public Paint getPaint(double value) {
            return colour(value);
        }
    }

    private static void style(XYPlot plot) {
        plot.setBackgroundPaint(null);
        plot.setOutlinePaint(Look.AXIS);
        plot.setOutlineStroke(THIN);
        plot.setDomainGridlinePaint(Look.GRID);
        plot.setRangeGridlinePaint(Look.GRID);
        plot.setDomainGridlineStroke(THIN);
        plot.setRangeGridlineStroke(THIN);
        plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
        for (ValueAxis axis : List.of(plot.getDomainAxis(), plot.getRangeAxis())) {
            axis.setLabelFont(Look.TEXT);
            axis.setTickLabelFont(Look.TEXT);
            axis.setLabelPaint(Look.INK);
            axis.setTickLabelPaint(Look.INK);
            axis.setAxisLinePaint(Look.AXIS);
            axis.setTickMarkPaint(Look.AXIS);
            axis.setAxisLineStroke(THIN);
            axis.setTickMarkStroke(THIN);
        }
    }

    private static JFreeChart chart(String title, XYPlot plot) {
        JFreeChart chart = new JFreeChart(null, JFreeChart.DEFAULT_TITLE_FONT, plot, false);
        chart.setBackgroundPaint(Color.WHITE);
        chart.setPadding(new RectangleInsets(6, 6, 6, 10));
        if (!title.isEmpty()) {
            TextTitle text = new TextTitle(title, Look.TITLE);
            text.setPaint(Look.INK);
            text.setPadding(0, 0, 4, 0);
            chart.setTitle(text);
        }
        return chart;
    }

    /** A legend of what the sources draw. */
    static LegendTitle legend(LegendItemSource source) {
        LegendTitle legend = new LegendTitle(source);
        legend.setItemFont(Look.TEXT);
        legend.setItemPaint(Look.INK);
        legend.setItemLabelPadding(new RectangleInsets(2, 4, 2, 12));
        legend.setHorizontalAlignment(HorizontalAlignment.LEFT);
        legend.setPosition(RectangleEdge.BOTTOM);
        return legend;
    }
}
