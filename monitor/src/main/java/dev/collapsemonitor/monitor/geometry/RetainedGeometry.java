package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.statistics.ClassStatistics;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.monitor.statistics.RetainedSamples;
import java.util.Arrays;

/** What needs single samples rather than sums: NC4 and the cosines, on the retained samples. */
final class RetainedGeometry {
    private static final int BLOCK_ROWS = 512;

    private final ClassStatistics statistics;
    private final Matrix centredMeans;
    private final double[] globalMean;

    RetainedGeometry(ClassStatistics statistics, Matrix centredMeans) {
        this.statistics = statistics;
        this.centredMeans = centredMeans;
        this.globalMean = statistics.globalMean();
    }

    /**
     * Computes NC4, error rate and cosines in one pass over the retained samples.
     *
     * @param classifier weights of the classifier that gives the predictions where none were published, or null
     */
    void compute(LayerWeights classifier, MetricValues metrics) {
        int k = statistics.presentClasses();
        RetainedSamples samples = statistics.samples();
        Cosines cosines = new Cosines(k, statistics.dimension());
        NearestCentre nearest = new NearestCentre(statistics.present(), centredMeans);
        int[] judgedOf = new int[k];
        int[] mismatchOf = new int[k];
        int[] wrongOf = new int[k];
        // In blocks across classes: a product per class would move all class means for a handful of rows.
        for (int from = 0; from < samples.size(); from += BLOCK_ROWS) {
            Matrix rows = samples.rows(from, Math.min(BLOCK_ROWS, samples.size() - from));
            int[] predicted = predictions(from, rows, classifier);
            centre(rows);
            int[] centres = nearest.labels(rows);
            for (int i = 0; i < centres.length; i++) {
                int p = samples.classOf(from + i);
                cosines.add(p, rows, i);
                if (predicted[i] >= 0) {
                    judgedOf[p]++;
                    mismatchOf[p] += predicted[i] == centres[i] ? 0 : 1;
                    wrongOf[p] += predicted[i] == statistics.present()[p] ? 0 : 1;
                }
            }
        }
        double mismatch = 0;
        double wrong = 0;
        double judged = 0;
        for (int p = 0; p < k; p++) {
            if (judgedOf[p] > 0) {
                // Every class counts with its share of all samples, whatever share of it was retained.
                mismatch += statistics.counts()[p] * mismatchOf[p] / judgedOf[p];
                wrong += statistics.counts()[p] * wrongOf[p] / judgedOf[p];
                judged += statistics.counts()[p];
            }
        }
        if (judged == 0) {
            metrics.undefine(
                    "no predictions were published and there is no classifier to make them",
                    Metric.NC4,
                    Metric.NC4_SAMPLES);
        } else {
            metrics.set(Metric.NC4, mismatch / judged);
            metrics.set(Metric.NC4_SAMPLES, Arrays.stream(judgedOf).sum());
        }
        if (statistics.predictedCount() > 0) {
            metrics.set(Metric.ERROR_RATE, statistics.wrongCount() / statistics.predictedCount());
        } else if (judged > 0) {
            metrics.set(Metric.ERROR_RATE, wrong / judged);
        } else {
            metrics.undefine("no predictions were published", Metric.ERROR_RATE);
        }
        cosines.finish(metrics);
    }

    private int[] predictions(int from, Matrix rows, LayerWeights classifier) {
        int[] predicted = new int[rows.rows()];
        Matrix scores = null;
        for (int i = 0; i < predicted.length; i++) {
            predicted[i] = statistics.samples().predicted(from + i);
            if (predicted[i] < 0 && classifier != null) {
                scores = scores == null ? rows.timesTransposed(classifier.weights()) : scores;
                predicted[i] = argmax(scores, i, classifier.bias());
            }
        }
        return predicted;
    }

    private static int argmax(Matrix scores, int row, double[] offsets) {
        int best = 0;
        double bestScore = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < scores.columns(); j++) {
            double score = scores.get(row, j) + (offsets.length == 0 ? 0 : offsets[j]);
            if (score > bestScore) {
                bestScore = score;
                best = j;
            }
        }
        return best;
    }

    private void centre(Matrix rows) {
        for (int i = 0; i < rows.rows(); i++) {
            for (int j = 0; j < globalMean.length; j++) {
                rows.data()[i * globalMean.length + j] -= globalMean[j];
            }
        }
    }

    /**
     * v_jᵀ Σ_W v_j of the directions, estimated from the retained samples: Σ_k n_k/(N m_k) Σ_i (v_jᵀ(h_i − μ_k))² over the
     * m_k retained samples of class k.
     *
     * @param directions rows v_j
     */
    static double[] projectedCovariance(ClassStatistics statistics, Matrix directions) {
        int count = directions.rows();
        double[] sums = new double[count];
        Matrix centres = statistics.means().timesTransposed(directions);
        RetainedSamples samples = statistics.samples();
        for (int from = 0; from < samples.size(); from += BLOCK_ROWS) {
            Matrix projections = samples.rows(from, Math.min(BLOCK_ROWS, samples.size() - from))
                    .timesTransposed(directions);
            for (int i = 0; i < projections.rows(); i++) {
                int p = samples.classOf(from + i);
                double weight = statistics.counts()[p] / statistics.total() / samples.size(p);
                for (int j = 0; j < count; j++) {
                    double difference = projections.get(i, j) - centres.get(p, j);
                    sums[j] += weight * difference * difference;
                }
            }
        }
        return sums;
    }

    /**
     * NC4's nearest class centre (arXiv 2008.08186), a linear rule: argmin_k ‖h − μ_k‖ = argmax_k (μ_k−μ_G)·(h−μ_G) −
     * ½‖μ_k−μ_G‖². Ties go to the smaller label.
     */
    private static final class NearestCentre {
        private final int[] present;
        private final Matrix centredMeans;
        private final double[] offsets;

        NearestCentre(int[] present, Matrix centredMeans) {
            this.present = present;
            this.centredMeans = centredMeans;
            offsets = new double[present.length];
            for (int p = 0; p < present.length; p++) {
                double norm = centredMeans.rowNorm(p);
                offsets[p] = -norm * norm / 2;
            }
        }

        int[] labels(Matrix centredRows) {
            Matrix scores = centredRows.timesTransposed(centredMeans);
            int[] labels = new int[centredRows.rows()];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = present[argmax(scores, i, offsets)];
            }
            return labels;
        }
    }

    /**
     * Cosines of features centred by μ_G over pairs of distinct samples (arXiv 2309.04644), without the pairs: with
     * u_i = (h_i−μ_G)/‖h_i−μ_G‖ and ν_c the mean of u over the n samples of c, intra_c = (n‖ν_c‖²−1)/(n−1) and
     * inter_cc' = ν_c·ν_c'. A sample at μ_G has no direction and is left out; so is a class of one, within.
     */
    private static final class Cosines {
        private final Matrix sums;
        private final int[] counts;

        Cosines(int classes, int dimension) {
            sums = Matrix.zeros(classes, dimension);
            counts = new int[classes];
        }

        void add(int p, Matrix centredRows, int row) {
            int d = centredRows.columns();
            double norm = centredRows.rowNorm(row);
            if (norm == 0) {
                return;
            }
            double factor = 1 / norm;
            for (int j = 0; j < d; j++) {
                sums.data()[p * d + j] += factor * centredRows.data()[row * d + j];
            }
            counts[p]++;
        }

        void finish(MetricValues metrics) {
            int classes = counts.length;
            Matrix products = sums.gram();
            double intraSum = 0;
            double intraMin = Double.POSITIVE_INFINITY;
            int intraClasses = 0;
            double interSum = 0;
            double interMax = Double.NEGATIVE_INFINITY;
            long pairs = 0;
            for (int c = 0; c < classes; c++) {
                double n = counts[c];
                if (n >= 2) {
                    // n‖ν‖² = ‖Σu‖²/n
                    double intra = (products.get(c, c) / n - 1) / (n - 1);
                    intraSum += intra;
                    intraMin = Math.min(intraMin, intra);
                    intraClasses++;
                }
                for (int other = 0; other < c; other++) {
                    if (n > 0 && counts[other] > 0) {
                        double inter = products.get(c, other) / (n * counts[other]);
                        interSum += inter;
                        interMax = Math.max(interMax, inter);
                        pairs++;
                    }
                }
            }
            if (intraClasses == 0) {
                metrics.undefine(
                        "no class has two samples away from the global mean",
                        Metric.INTRA_CLASS_COSINE,
                        Metric.INTRA_CLASS_COSINE_MIN);
            } else {
                metrics.set(Metric.INTRA_CLASS_COSINE, intraSum / intraClasses);
                metrics.set(Metric.INTRA_CLASS_COSINE_MIN, intraMin);
            }
            if (pairs == 0) {
                metrics.undefine(
                        "fewer than two classes have samples away from the global mean",
                        Metric.INTER_CLASS_COSINE,
                        Metric.INTER_CLASS_COSINE_MAX);
            } else {
                metrics.set(Metric.INTER_CLASS_COSINE, interSum / pairs);
                metrics.set(Metric.INTER_CLASS_COSINE_MAX, interMax);
            }
        }
    }
}
