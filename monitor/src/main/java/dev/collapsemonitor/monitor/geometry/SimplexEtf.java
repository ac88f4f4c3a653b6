package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Matrix;

/** NC2: how close K vectors are to a simplex equiangular tight frame (arXiv 2008.08186). */
public final class SimplexEtf {
    private SimplexEtf() {}

    /**
     * For K vectors as rows: the coefficient of variation of their norms (population standard deviation over mean), the
     * standard deviation of the cosines over pairs, the mean over pairs of |cos + 1/(K−1)|, and ‖G/‖G‖_F − E*‖_F with
     * G the Gram matrix and E* = (I − 11ᵀ/K)/√(K−1). All are 0 at an ETF.
     *
     * <p>Undefined for K = 1; the angles also where a vector is zero, all where all are. With K−1 above the dimension no
     * ETF exists: noted.
     *
     * @param vectors K × d
     * @param gram their Gram matrix, K × K
     */
    static void compute(
            Matrix vectors,
            Matrix gram,
            Metric equinorm,
            Metric equiangular,
            Metric maxAngle,
            Metric etf,
            MetricValues metrics) {
        int k = vectors.rows();
        if (k < 2) {
            metrics.undefine("fewer than two classes have samples", equinorm, equiangular, maxAngle, etf);
            return;
        }
        double gramNorm = gram.frobeniusNorm();
        if (gramNorm == 0) {
            metrics.undefine("all vectors are zero", equinorm, equiangular, maxAngle, etf);
            return;
        }
        metrics.set(equinorm, coefficientOfVariation(vectors));
        metrics.set(etf, distanceToEtf(gram));
        if (vectors.columns() < k - 1) {
            metrics.note(etf, "no simplex ETF of " + k + " vectors exists in dimension " + vectors.columns());
        }
        computeAngles(gram, equiangular, maxAngle, metrics);
    }

    private static void computeAngles(Matrix gram, Metric equiangular, Metric maxAngle, MetricValues metrics) {
        int k = gram.rows();
        double sum = 0;
        double distances = 0;
        for (int i = 0; i < k; i++) {
            if (gram.get(i, i) == 0) {
                metrics.undefine("vector " + i + " is zero and has no direction", equiangular, maxAngle);
                return;
            }
            for (int j = 0; j < i; j++) {
                double cosine = cosine(gram, i, j);
                sum += cosine;
                distances += Math.abs(cosine + 1.0 / (k - 1));
            }
        }
        double pairs = k * (k - 1) / 2.0;
        double mean = sum / pairs;
        double squares = 0;
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < i; j++) {
                double deviation = cosine(gram, i, j) - mean;
                squares += deviation * deviation;
            }
        }
        metrics.set(equiangular, Math.sqrt(squares / pairs));
        metrics.set(maxAngle, distances / pairs);
    }

    private static double cosine(Matrix gram, int i, int j) {
        return gram.get(i, j) / (Math.sqrt(gram.get(i, i)) * Math.sqrt(gram.get(j, j)));
    }

    private static double coefficientOfVariation(Matrix vectors) {
        int k = vectors.rows();
        double[] norms = new double[k];
        double mean = 0;
        for (int i = 0; i < k; i++) {
            norms[i] = vectors.rowNorm(i);
            mean += norms[i] / k;
        }
        double squares = 0;
        for (double norm : norms) {
            squares += (norm - mean) * (norm - mean);
        }
        return Math.sqrt(squares / k) / mean;
    }

    /**
     * ‖G/‖G‖_F − E*‖_F with E* = (I − 11ᵀ/K)/√(K−1).
     *
     * @param gram K × K, not zero
     */
    static double distanceToEtf(Matrix gram) {
        int k = gram.rows();
        double norm = gram.frobeniusNorm();
        double onDiagonal = (1 - 1.0 / k) / Math.sqrt(k - 1.0);
        double offDiagonal = -1.0 / k / Math.sqrt(k - 1.0);
        double squares = 0;
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < k; j++) {
                double difference = gram.get(i, j) / norm - (i == j ? onDiagonal : offDiagonal);
                squares += difference * difference;
            }
        }
        return Math.sqrt(squares);
    }
}
