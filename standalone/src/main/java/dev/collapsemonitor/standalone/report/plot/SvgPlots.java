package dev.collapsemonitor.standalone.report.plot;

import dev.collapsemonitor.protocol.UserException;
import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.LegendItemCollection;
import org.jfree.chart.LegendItemSource;
import org.jfree.chart.block.LengthConstraintType;
import org.jfree.chart.block.RectangleConstraint;
import org.jfree.chart.text.TextUtils;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.ui.Size2D;
import org.jfree.data.Range;

/** Draws plots as SVG documents: the same plot gives the same text. */
public final class SvgPlots {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 400;
    private static final int PANEL_WIDTH = 440;
    private static final int PANEL_HEIGHT = 290;
    private static final int LEGEND_WIDTH = 880;
    private static final int CELL_WIDTH = 76;
    private static final int CELL_HEIGHT = 38;

    static {
        // Nothing is shown here, and servers have no display.
        System.setProperty("java.awt.headless", "true");
        // Else turned text is drawn as shapes.
        TextUtils.setUseDrawRotatedStringWorkaround(false);
    }

    private SvgPlots() {}

    /** An image and what it is called in the files. */
    public record Image(String id, String svg) {}

    /**
     * Draws some plots that belong together: a single one with its legend below, several without, their common legend as the
     * first image.
     *
     * @param id of the figure; identifiers inside the images begin with it
     * @param description for who cannot see it
     */
    public static List<Image> lines(String id, String description, List<LinePlot> plots) {
        return drawn(() -> {
            List<Image> images = new ArrayList<>();
            if (plots.size() == 1) {
                JFreeChart chart = Charts.lines(plots.get(0));
                LegendTitle legend = Charts.legend(chart.getXYPlot());
                int legendHeight = plots.get(0).lines().size() > 1 ? (int) Math.ceil(height(legend, WIDTH)) : 0;
                if (legendHeight > 0) {
                    chart.addLegend(legend);
                }
                return List.of(image(id, description, chart, WIDTH, HEIGHT + legendHeight));
            }
            Map<String, LegendItemCollection> items = new LinkedHashMap<>();
            for (int i = 0; i < plots.size(); i++) {
                JFreeChart chart = Charts.lines(plots.get(i));
                LegendItemCollection ofPanel = chart.getXYPlot().getLegendItems();
                for (int item = 0; item < ofPanel.getItemCount(); item++) {
                    LegendItemCollection one = new LegendItemCollection();
                    one.add(ofPanel.get(item));
                    items.putIfAbsent(ofPanel.get(item).getLabel(), one);
                }
                String panel = id + "-" + (i + 1);
                images.add(image(panel, description + ", " + plots.get(i).title(), chart, PANEL_WIDTH, PANEL_HEIGHT));
            }
            if (items.size() > 1) {
                LegendItemCollection all = new LegendItemCollection();
                items.values().forEach(all::addAll);
                images.add(0, legend(id + "-legend", description, () -> all));
            }
            return images;
        });
    }

    /** Draws heat maps, each with its numbers in its cells. */
    public static List<Image> heat(String id, String description, List<HeatPlot> plots) {
        return drawn(() -> {
            List<Image> images = new ArrayList<>();
            for (int i = 0; i < plots.size(); i++) {
                HeatPlot plot = plots.get(i);
                images.add(image(
                        plots.size() == 1 ? id : id + "-" + (i + 1),
                        description,
                        Charts.heat(plot),
                        140 + CELL_WIDTH * plot.columns().size(),
                        100 + CELL_HEIGHT * plot.rows().size()));
            }
            return images;
        });
    }

    private static List<Image> drawn(Supplier<List<Image>> drawing) {
        try {
            return drawing.get();
        } catch (LinkageError | InternalError e) {
            throw new UserException(
                    "plots cannot be drawn because Java finds no fonts (" + e.getMessage()
                            + "); install fontconfig and a font, such as the packages fontconfig and fonts-dejavu-core",
                    e);
        }
    }

    private static double height(LegendTitle legend, double width) {
        Graphics2D scratch = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB).createGraphics();
        try {
            return arranged(legend, scratch, width).getHeight();
        } finally {
            scratch.dispose();
        }
    }

    private static Size2D arranged(LegendTitle legend, Graphics2D g2, double width) {
        return legend.arrange(
                g2,
                new RectangleConstraint(
                        width,
                        new Range(0, width),
                        LengthConstraintType.RANGE,
                        0,
                        new Range(0, 10_000),
                        LengthConstraintType.RANGE));
    }

    private static Image image(String id, String description, JFreeChart chart, int width, int height) {
        return new Image(
                id,
                SvgDrawing.of(
                        id,
                        description,
                        new Dimension(width, height),
                        g2 -> chart.draw(g2, new Rectangle2D.Double(0, 0, width, height))));
    }

    private static Image legend(String id, String description, LegendItemSource items) {
        LegendTitle legend = Charts.legend(items);
        int height = (int) Math.ceil(height(legend, LEGEND_WIDTH));
        return new Image(id, SvgDrawing.of(id, description + ", legend", new Dimension(LEGEND_WIDTH, height), g2 -> {
            Size2D size = arranged(legend, g2, LEGEND_WIDTH);
            legend.draw(g2, new Rectangle2D.Double(0, 0, size.getWidth(), size.getHeight()));
        }));
    }
}
