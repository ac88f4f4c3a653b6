package dev.collapsemonitor.trainer.data;

import java.util.SplittableRandom;

/** A square grey image; 0 is blank, 1 is full ink. */
final class Canvas {
    private final int side;
    private final float[] pixels;

    Canvas(int side) {
        this.side = side;
        this.pixels = new float[side * side];
    }

    int side() {
        return side;
    }

    /** Draws a line through the points x0, y0, x1, y1, …, with soft edges one pixel wide. */
    void polyline(double[] points, double radius, double ink) {
        for (int i = 0; i + 3 < points.length; i += 2) {
            segment(points[i], points[i + 1], points[i + 2], points[i + 3], radius, ink);
        }
    }

    private void segment(double x0, double y0, double x1, double y1, double radius, double ink) {
        int reach = (int) Math.ceil(radius + 1);
        int fromX = Math.max(0, (int) Math.floor(Math.min(x0, x1)) - reach);
        int toX = Math.min(side - 1, (int) Math.ceil(Math.max(x0, x1)) + reach);
        int fromY = Math.max(0, (int) Math.floor(Math.min(y0, y1)) - reach);
        int toY = Math.min(side - 1, (int) Math.ceil(Math.max(y0, y1)) + reach);
        for (int y = fromY; y <= toY; y++) {
            for (int x = fromX; x <= toX; x++) {
                double distance = distance(x + 0.5, y + 0.5, x0, y0, x1, y1);
                double cover = Math.min(1, Math.max(0, radius + 0.5 - distance));
                int pixel = y * side + x;
                pixels[pixel] = (float) Math.max(pixels[pixel], ink * cover);
            }
        }
    }

    private static double distance(double x, double y, double x0, double y0, double x1, double y1) {
        double dx = x1 - x0;
        double dy = y1 - y0;
        double squared = dx * dx + dy * dy;
        double along = squared == 0 ? 0 : ((x - x0) * dx + (y - y0) * dy) / squared;
        along = Math.min(1, Math.max(0, along));
        return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
    }

    /** Adds noise of mean 0, nearly normal (a sum of four uniforms: the same on every JVM). */
    void addNoise(double deviation, SplittableRandom random) {
        double scale = deviation * Math.sqrt(3);
        for (int i = 0; i < pixels.length; i++) {
            double sum = random.nextDouble() + random.nextDouble() + random.nextDouble() + random.nextDouble();
            pixels[i] += (float) (scale * (sum - 2));
        }
    }

    void copyTo(float[] target, int offset) {
        System.arraycopy(pixels, 0, target, offset, pixels.length);
    }
}
