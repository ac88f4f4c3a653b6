package dev.collapsemonitor.monitor.forecast;

/**
 * What SGD does to the row sum m = Wᵀ1 of a classifier under cross-entropy, whatever the data (arXiv 2602.16642): softmax
 * and targets both sum to one, so the loss gives m nothing, and m_t = g_t·m_0 with one factor for all components.
 *
 * <p>With λ_c the coupled and λ_d the decoupled part of λ, from a buffer of zeros:
 *
 * <ul>
 *   <li>heavy ball: q ← βq + λ_c m; m ← m − ηq − ηλ_d m
 *   <li>Nesterov: v ← βv − ηλ_c m; m ← m − βv_before + (1+β)v − ηλ_d m
 * </ul>
 */
final class RowSumRecursion {
    /** Below it the ratio of two factors is rounding. */
    private static final double NOTHING_LEFT = 1e-200;

    private final LearningRates rates;
    private final Rule rule;
    private final double[] factors; // g at the begin of each stretch
    private final double[] buffers;

    /**
     * The constants of the rule.
     *
     * @param nesterov else heavy ball; the same without momentum
     * @param beta β in [0, 1)
     * @param coupled λ_c
     * @param decoupled λ_d
     */
    record Rule(boolean nesterov, double beta, double coupled, double decoupled) {
        private Matrix2 step(double rate) {
            double shrink = 1 - rate * decoupled;
            return nesterov
                    ? new Matrix2(shrink - (1 + beta) * rate * coupled, beta * beta, -rate * coupled, beta)
                    : new Matrix2(shrink - rate * coupled, -rate * beta, coupled, beta);
        }
    }

    RowSumRecursion(LearningRates rates, Rule rule) {
        this.rates = rates;
        this.rule = rule;
        factors = new double[rates.stretches()];
        buffers = new double[rates.stretches()];
        factors[0] = 1;
        for (int i = 1; i < factors.length; i++) {
            Matrix2 steps = rule.step(rates.rate(i - 1)).power(rates.begin(i) - rates.begin(i - 1));
            factors[i] = steps.a() * factors[i - 1] + steps.b() * buffers[i - 1];
            buffers[i] = steps.c() * factors[i - 1] + steps.d() * buffers[i - 1];
        }
    }

    /** g_t; not finite when the declared rate lets m explode. */
    double factor(long step) {
        int i = rates.stretch(step);
        Matrix2 steps = rule.step(rates.rate(i)).power(Math.max(0, step) - rates.begin(i));
        return steps.a() * factors[i] + steps.b() * buffers[i];
    }

    /** |m| at a step over |m| at an earlier one, or NaN when that cannot be told. */
    double ratio(long from, long to) {
        double before = factor(from);
        double ratio = Math.abs(factor(to) / before);
        return Math.abs(before) > NOTHING_LEFT && Double.isFinite(ratio) ? ratio : Double.NaN;
    }
}
