package dev.collapsemonitor.monitor.oracle;

/** An unevaluated sum {@code hi + lo} of two doubles: about 32 decimal digits, for what cancels in float64. */
record Dd(double hi, double lo) {

    static final Dd ZERO = new Dd(0, 0);
    static final Dd ONE = new Dd(1, 0);

    static Dd of(double x) {
        return new Dd(x, 0);
    }

    /** a + b without error. */
    static Dd sum(double a, double b) {
        double s = a + b;
        double t = s - a;
        return new Dd(s, (a - (s - t)) + (b - t));
    }

    /** a·b without error (unless it underflows). */
    static Dd product(double a, double b) {
        double p = a * b;
        return new Dd(p, Math.fma(a, b, -p));
    }

    Dd plus(Dd b) {
        Dd s = sum(hi, b.hi);
        Dd t = sum(lo, b.lo);
        Dd u = quick(s.hi, s.lo + t.hi);
        return quick(u.hi, u.lo + t.lo);
    }

    Dd negated() {
        return new Dd(-hi, -lo);
    }

    Dd minus(Dd b) {
        return plus(b.negated());
    }

    Dd times(Dd b) {
        Dd p = product(hi, b.hi);
        return quick(p.hi, p.lo + (hi * b.lo + lo * b.hi));
    }

    Dd times(double b) {
        return times(of(b));
    }

    Dd over(Dd b) {
        double q1 = hi / b.hi;
        Dd r = minus(b.times(q1));
        double q2 = r.hi / b.hi;
        r = r.minus(b.times(q2));
        double q3 = r.hi / b.hi;
        return quick(q1, q2).plus(of(q3));
    }

    Dd over(double b) {
        return over(of(b));
    }

    Dd sqrt() {
        if (hi <= 0) {
            return ZERO;
        }
        double s = Math.sqrt(hi);
        return quick(s, minus(product(s, s)).hi / (2 * s));
    }

    double value() {
        return hi + lo;
    }

    private static Dd quick(double big, double small) {
        double s = big + small;
        return new Dd(s, small - (s - big));
    }
}
