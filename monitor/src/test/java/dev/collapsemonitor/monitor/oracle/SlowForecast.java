package dev.collapsemonitor.monitor.oracle;

/**
 * Forecast of NC0 (closed form, no data; cross-entropy only). All rules are linear in m = Wᵀ1, so m_t = g_t·m_0 with one
 * factor for all components: here g_0 = 1, g_1, … after each step; buffers start at zero. α_t = α_0·g_t².
 */
public final class SlowForecast {

    private SlowForecast() {}

    /** SGD, decoupled decay: m ← (1−η_tλ) m for any momentum, so α_t = α_0 Π(1−η_tλ)². */
    public static double[] decoupled(double[] rates, double lambda) {
        double[] g = start(rates);
        for (int t = 0; t < rates.length; t++) {
            g[t + 1] = (1 - rates[t] * lambda) * g[t];
        }
        return g;
    }

    /** SGD, coupled, heavy-ball (buffer q): q ← βq + λm; m ← m − η_t q. */
    public static double[] heavyBall(double[] rates, double lambda, double beta) {
        double[] g = start(rates);
        double q = 0;
        for (int t = 0; t < rates.length; t++) {
            q = beta * q + lambda * g[t];
            g[t + 1] = g[t] - rates[t] * q;
        }
        return g;
    }

    /** Constant η: m_{t+1} = (1+β−ηλ)m_t − βm_{t−1}, m_1 = (1−ηλ)m_0. */
    public static double[] heavyBallConstant(double rate, double lambda, double beta, int steps) {
        double[] g = new double[steps + 1];
        g[0] = 1;
        for (int t = 0; t < steps; t++) {
            g[t + 1] = t == 0 ? 1 - rate * lambda : (1 + beta - rate * lambda) * g[t] - beta * g[t - 1];
        }
        return g;
    }

    /** SGD, coupled, Nesterov: v ← βv − ηλm; m ← m − βv_prev + (1+β)v. */
    public static double[] nesterov(double[] rates, double lambda, double beta) {
        double[] g = start(rates);
        double v = 0;
        for (int t = 0; t < rates.length; t++) {
            double previous = v;
            v = beta * v - rates[t] * lambda * g[t];
            g[t + 1] = g[t] - beta * previous + (1 + beta) * v;
        }
        return g;
    }

    /** Constant η: m_{t+1} = (1−ηλ)[(1+β)m_t − βm_{t−1}], m_1 = (1−(1+β)ηλ)m_0. */
    public static double[] nesterovConstant(double rate, double lambda, double beta, int steps) {
        double[] g = new double[steps + 1];
        g[0] = 1;
        double shrink = 1 - rate * lambda;
        for (int t = 0; t < steps; t++) {
            g[t + 1] = t == 0 ? 1 - (1 + beta) * rate * lambda : shrink * ((1 + beta) * g[t] - beta * g[t - 1]);
        }
        return g;
    }

    /** B = Σ_t η_tλ/(1−β). */
    public static double coupledBudget(double[] rates, double lambda, double beta) {
        return decoupledBudget(rates, lambda) / (1 - beta);
    }

    /** B = Σ_t η_tλ. */
    public static double decoupledBudget(double[] rates, double lambda) {
        Sums sum = new Sums();
        for (double rate : rates) {
            sum.addProduct(rate, lambda);
        }
        return sum.value();
    }

    private static double[] start(double[] rates) {
        double[] g = new double[rates.length + 1];
        g[0] = 1;
        return g;
    }
}
