package dev.collapsemonitor.trainer.data;

import java.util.ArrayList;
import java.util.List;

/**
 * A figure of strokes in [-1, 1]².
 *
 * @param strokes polylines, each as x0, y0, x1, y1, …
 */
record Figure(String name, List<double[]> strokes) {
    private static final int ARC_SEGMENTS = 10;

    static List<Figure> all() {
        return List.of(
                new Figure("ring", List.of(arc(0, 0, 0.8, 0, 360))),
                new Figure("cross", List.of(line(-0.8, 0, 0.8, 0), line(0, -0.8, 0, 0.8))),
                new Figure("triangle", List.of(line(-0.8, 0.7, 0, -0.8, 0.8, 0.7, -0.8, 0.7))),
                new Figure("square", List.of(line(-0.7, -0.7, 0.7, -0.7, 0.7, 0.7, -0.7, 0.7, -0.7, -0.7))),
                new Figure("zigzag", List.of(line(-0.8, 0.5, -0.4, -0.5, 0, 0.5, 0.4, -0.5, 0.8, 0.5))),
                new Figure("tee", List.of(line(-0.8, -0.7, 0.8, -0.7), line(0, -0.7, 0, 0.8))),
                new Figure("hook", List.of(line(-0.5, -0.8, -0.5, 0.2), arc(0, 0.2, 0.5, 0, 180))),
                new Figure("wave", List.of(arc(-0.4, 0, 0.4, 180, 360), arc(0.4, 0, 0.4, 0, 180))),
                new Figure("bars", List.of(line(-0.7, -0.5, 0.7, -0.5), line(-0.7, 0.5, 0.7, 0.5))),
                new Figure("eye", List.of(arc(0, 0, 0.8, 0, 360), arc(0, 0, 0.25, 0, 360))));
    }

    private static double[] line(double... points) {
        return points;
    }

    private static double[] arc(double x, double y, double radius, double fromDegrees, double toDegrees) {
        List<Double> points = new ArrayList<>();
        for (int i = 0; i <= ARC_SEGMENTS; i++) {
            double angle = Math.toRadians(fromDegrees + (toDegrees - fromDegrees) * i / ARC_SEGMENTS);
            points.add(x + radius * Math.cos(angle));
            points.add(y + radius * Math.sin(angle));
        }
        return points.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
