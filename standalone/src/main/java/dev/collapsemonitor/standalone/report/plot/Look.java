package dev.collapsemonitor.standalone.report.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Shape;
import java.awt.Stroke;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;

/** Fonts, colours, dashes and marks that all plots share. */
final class Look {
    static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 12);
    static final Color INK = new Color(0x22, 0x22, 0x22);
    static final Color AXIS = new Color(0x77, 0x77, 0x77);
    static final Color GRID = new Color(0xe3, 0xe3, 0xe3);

    /** Okabe and Ito, told apart by most who see colours differently; grey for their yellow, which is faint on white. */
    private static final Color[] COLOURS = {
        new Color(0x00, 0x72, 0xb2),
        new Color(0xd5, 0x5e, 0x00),
        new Color(0x00, 0x9e, 0x73),
        new Color(0xcc, 0x79, 0xa7),
        new Color(0xe6, 0x9f, 0x00),
        new Color(0x56, 0xb4, 0xe9),
        new Color(0x55, 0x55, 0x55),
    };

    private static final float[][] DASHES = {{}, {7, 3}, {2, 3}, {9, 3, 2, 3}, {12, 4}};

    /** Viridis, from its lowest to its highest colour. */
    private static final int[] HEAT = {
        0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6dcd59, 0xb4de2c, 0xfde725
    };

    private Look() {}

    static Color colour(int style) {
        return COLOURS[style % COLOURS.length];
    }

    static Stroke stroke(int style) {
        float[] dash = DASHES[style % DASHES.length];
        return dash.length == 0
                ? new BasicStroke(1.8f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND)
                : new BasicStroke(1.8f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dash, 0);
    }

    static Shape mark(int style) {
        return switch (style % 4) {
            case 0 -> new Ellipse2D.Double(-2.5, -2.5, 5, 5);
            case 1 -> new Rectangle2D.Double(-2.5, -2.5, 5, 5);
            case 2 -> polygon(0, -3.2, 3, 2.4, -3, 2.4);
            default -> polygon(0, -3.4, 3.4, 0, 0, 3.4, -3.4, 0);
        };
    }

    private static Shape polygon(double... coordinates) {
        Path2D path = new Path2D.Double();
        path.moveTo(coordinates[0], coordinates[1]);
        for (int i = 2; i < coordinates.length; i += 2) {
            path.lineTo(coordinates[i], coordinates[i + 1]);
        }
        path.closePath();
        return path;
    }

    /** The colour of a share in [0, 1]. */
    static Color heat(double share) {
        double position = Math.min(1, Math.max(0, share)) * (HEAT.length - 1);
        int below = Math.min(HEAT.length - 2, (int) position);
        double rest = position - below;
        Color from = new Color(HEAT[below]);
        Color to = new Color(HEAT[below + 1]);
        return new Color(
                mix(from.getRed(), to.getRed(), rest),
                mix(from.getGreen(), to.getGreen(), rest),
                mix(from.getBlue(), to.getBlue(), rest));
    }

    private static int mix(int from, int to, double share) {
        return (int) Math.round(from + (to - from) * share);
    }

    /** Of black and white what is read better on a colour. */
    static Color textOn(Color ground) {
        double luminance = 0.299 * ground.getRed() + 0.587 * ground.getGreen() + 0.114 * ground.getBlue();
        return luminance > 140 ? Color.BLACK : Color.WHITE;
    }
}
