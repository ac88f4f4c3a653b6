package dev.collapsemonitor.trainer.data;

import java.util.SplittableRandom;

/** Paints one random sample of a figure. All lengths in pixels. */
final class StrokeBrush {
    private static final double MAX_ROTATION = Math.toRadians(40);
    private static final double MIN_SCALE = 0.5;
    private static final double MAX_SCALE = 1.0;
    private static final double MAX_SHEAR = 0.3;
    private static final double MAX_SHIFT = 3.0;
    private static final double MIN_RADIUS = 0.5;
    private static final double MAX_RADIUS = 1.2;
    private static final double NOISE = 0.12;

    private StrokeBrush() {}

    static void paint(Figure figure, Canvas canvas, SplittableRandom random) {
        double half = canvas.side() / 2.0;
        double angle = between(random, -MAX_ROTATION, MAX_ROTATION);
        double scaleX = half * between(random, MIN_SCALE, MAX_SCALE);
        double scaleY = half * between(random, MIN_SCALE, MAX_SCALE);
        double shear = between(random, -MAX_SHEAR, MAX_SHEAR);
        double shiftX = half + between(random, -MAX_SHIFT, MAX_SHIFT);
        double shiftY = half + between(random, -MAX_SHIFT, MAX_SHIFT);
        double radius = between(random, MIN_RADIUS, MAX_RADIUS);
        double ink = between(random, 0.6, 1.0);
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        for (double[] stroke : figure.strokes()) {
            double[] points = new double[stroke.length];
            for (int i = 0; i < stroke.length; i += 2) {
                double x = scaleX * (stroke[i] + shear * stroke[i + 1]);
                double y = scaleY * stroke[i + 1];
                points[i] = shiftX + cos * x - sin * y;
                points[i + 1] = shiftY + sin * x + cos * y;
            }
            canvas.polyline(points, radius, ink);
        }
        stray(canvas, random, radius, ink);
        canvas.addNoise(NOISE, random);
    }

    /** A short stroke that belongs to no figure, so that no single pixel tells a class. */
    private static void stray(Canvas canvas, SplittableRandom random, double radius, double ink) {
        double x = between(random, 0, canvas.side());
        double y = between(random, 0, canvas.side());
        double angle = between(random, 0, 2 * Math.PI);
        double length = between(random, 3, 6);
        canvas.polyline(new double[] {x, y, x + length * Math.cos(angle), y + length * Math.sin(angle)}, radius, ink);
    }

    private static double between(SplittableRandom random, double low, double high) {
        return low + (high - low) * random.nextDouble();
    }
}
