package dev.collapsemonitor.monitor.linalg;

/** Sums over stretches of arrays in float64, with several independent accumulators so that the CPU's pipelines stay full. */
public final class Vectors {
    private Vectors() {}

    /** Σ a_i b_i in float64. */
    public static double dot(double[] a, int aFrom, double[] b, int bFrom, int count) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            s0 += a[aFrom + i] * b[bFrom + i];
            s1 += a[aFrom + i + 1] * b[bFrom + i + 1];
            s2 += a[aFrom + i + 2] * b[bFrom + i + 2];
            s3 += a[aFrom + i + 3] * b[bFrom + i + 3];
        }
        for (; i < count; i++) {
            s0 += a[aFrom + i] * b[bFrom + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** Σ a_i² in float64: float32 values of any scale neither overflow nor vanish. */
    public static double squaredNorm(float[] a, int from, int count) {
        double s0 = 0;
        double s1 = 0;
        int i = 0;
        for (; i + 1 < count; i += 2) {
            double a0 = a[from + i];
            double a1 = a[from + i + 1];
            s0 += a0 * a0;
            s1 += a1 * a1;
        }
        if (i < count) {
            s0 += (double) a[from + i] * a[from + i];
        }
        return s0 + s1;
    }

    /** Σ a_i². */
    public static double squaredNorm(double[] a, int from, int count) {
        return dot(a, from, a, from, count);
    }

    /** √Σ a_i². */
    public static double norm(double[] a, int from, int count) {
        return Math.sqrt(squaredNorm(a, from, count));
    }
}
