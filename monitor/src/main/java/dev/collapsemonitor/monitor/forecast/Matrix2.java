package dev.collapsemonitor.monitor.forecast;

/** A 2 × 2 matrix [[a, b], [c, d]]: one step of a linear rule with one buffer. */
record Matrix2(double a, double b, double c, double d) {
    private static final Matrix2 IDENTITY = new Matrix2(1, 0, 0, 1);

    Matrix2 times(Matrix2 right) {
        return new Matrix2(
                a * right.a + b * right.c,
                a * right.b + b * right.d,
                c * right.a + d * right.c,
                c * right.b + d * right.d);
    }

    /** So many steps at once, by squaring: a rate that stays the same for a million steps costs twenty products. */
    Matrix2 power(long exponent) {
        Matrix2 result = IDENTITY;
        Matrix2 square = this;
        for (long left = exponent; left > 0; left >>= 1) {
            if ((left & 1) == 1) {
                result = result.times(square);
            }
            square = square.times(square);
        }
        return result;
    }
}
