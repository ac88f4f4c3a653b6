package dev.collapsemonitor.monitor.oracle;

/** Sums and inner products whose result is as if computed in twice float64's precision and rounded once. */
final class Sums {

    private double hi;
    private double lo;

    void add(double x) {
        double s = hi + x;
        double t = s - hi;
        lo += (hi - (s - t)) + (x - t);
        hi = s;
    }

    void addProduct(double a, double b) {
        double p = a * b;
        lo += Math.fma(a, b, -p);
        add(p);
    }

    void addSquare(double a) {
        addProduct(a, a);
    }

    Dd exact() {
        return Dd.sum(hi, lo);
    }

    double value() {
        return hi + lo;
    }

    static double dot(double[] a, double[] b) {
        Sums s = new Sums();
        for (int i = 0; i < a.length; i++) {
            s.addProduct(a[i], b[i]);
        }
        return s.value();
    }

    static double squared(double[] a) {
        return dot(a, a);
    }

    static double norm(double[] a) {
        return Math.sqrt(squared(a));
    }

    /** Squared Frobenius norm. */
    static double squared(double[][] a) {
        Sums s = new Sums();
        for (double[] row : a) {
            for (double x : row) {
                s.addSquare(x);
            }
        }
        return s.value();
    }

    static double norm(double[][] a) {
        return Math.sqrt(squared(a));
    }

    static double squaredDistance(double[] a, double[] b) {
        Sums s = new Sums();
        for (int i = 0; i < a.length; i++) {
            s.addSquare(a[i] - b[i]);
        }
        return s.value();
    }
}
