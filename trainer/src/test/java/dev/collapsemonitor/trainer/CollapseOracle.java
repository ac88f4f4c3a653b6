package dev.collapsemonitor.trainer;

/** NC0, NC1 and NC3 of plain arrays, slowly and in float64 (definitions: metrics.md). */
public final class CollapseOracle {
    private CollapseOracle() {}

    /** ‖Wᵀ1‖²/K for W of K rows. */
    public static double nc0(double[][] weights) {
        double sum = 0;
        for (double m : columnSums(weights)) {
            sum += m * m;
        }
        return sum / weights.length;
    }

    /** ‖Wᵀ1‖²/(K‖W‖²). */
    public static double nc0Relative(double[][] weights) {
        double norm = norm(weights);
        return nc0(weights) / (norm * norm);
    }

    /** ‖W/‖W‖ − M/‖M‖‖ with M the centred class means, K x d. */
    public static double nc3(double[][] weights, double[][] features, int[] labels) {
        double[][] means = centredMeans(features, labels, weights.length);
        double weightNorm = norm(weights);
        double meanNorm = norm(means);
        double sum = 0;
        for (int k = 0; k < means.length; k++) {
            for (int j = 0; j < means[k].length; j++) {
                double difference = weights[k][j] / weightNorm - means[k][j] / meanNorm;
                sum += difference * difference;
            }
        }
        return Math.sqrt(sum);
    }

    /** tr(Σ_W Σ_B⁺)/K, through the eigenvectors of the K x K Gram matrix of the centred means. */
    public static double nc1(double[][] features, int[] labels, int classes) {
        double[][] means = centredMeans(features, labels, classes);
        double[][] plain = means(features, labels, classes);
        double[][] gram = new double[classes][classes];
        for (int a = 0; a < classes; a++) {
            for (int b = 0; b < classes; b++) {
                gram[a][b] = dot(means[a], means[b]);
            }
        }
        double[][] vectors = identity(classes);
        diagonalise(gram, vectors);
        double largest = 0;
        for (int k = 0; k < classes; k++) {
            largest = Math.max(largest, gram[k][k]);
        }
        double sum = 0;
        for (int j = 0; j < classes; j++) {
            double eigenvalue = gram[j][j]; // s_j²
            if (eigenvalue <= 1e-12 * largest) {
                continue;
            }
            double[] direction = new double[features[0].length]; // s_j v_j = M_cᵀ u_j
            for (int k = 0; k < classes; k++) {
                for (int i = 0; i < direction.length; i++) {
                    direction[i] += vectors[k][j] * means[k][i];
                }
            }
            double within = 0;
            for (int i = 0; i < features.length; i++) {
                double projection = dot(features[i], direction) - dot(plain[labels[i]], direction);
                within += projection * projection;
            }
            sum += within / features.length / (eigenvalue * eigenvalue);
        }
        return sum; // Σ_B = M_cᵀM_c/K: its pseudo-inverse brings a K that the definition divides away
    }

    private static double[] columnSums(double[][] matrix) {
        double[] sums = new double[matrix[0].length];
        for (double[] row : matrix) {
            for (int j = 0; j < sums.length; j++) {
                sums[j] += row[j];
            }
        }
        return sums;
    }

    private static double[][] means(double[][] features, int[] labels, int classes) {
        double[][] means = new double[classes][features[0].length];
        int[] counts = new int[classes];
        for (int i = 0; i < features.length; i++) {
            counts[labels[i]]++;
            for (int j = 0; j < features[i].length; j++) {
                means[labels[i]][j] += features[i][j];
            }
        }
        for (int k = 0; k < classes; k++) {
            for (int j = 0; j < means[k].length; j++) {
                means[k][j] /= counts[k];
            }
        }
        return means;
    }

    private static double[][] centredMeans(double[][] features, int[] labels, int classes) {
        double[][] means = means(features, labels, classes);
        double[] sums = columnSums(means);
        for (double[] mean : means) {
            for (int j = 0; j < sums.length; j++) {
                mean[j] -= sums[j] / classes;
            }
        }
        return means;
    }

    /** Jacobi rotations: {@code matrix} becomes diagonal, the columns of {@code vectors} its eigenvectors. */
    private static void diagonalise(double[][] matrix, double[][] vectors) {
        int n = matrix.length;
        for (int sweep = 0; sweep < 60; sweep++) {
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    if (matrix[p][q] == 0) {
                        continue;
                    }
                    double angle = 0.5 * Math.atan2(2 * matrix[p][q], matrix[q][q] - matrix[p][p]);
                    double c = Math.cos(angle);
                    double s = Math.sin(angle);
                    for (int k = 0; k < n; k++) {
                        double kp = matrix[k][p];
                        double kq = matrix[k][q];
                        matrix[k][p] = c * kp - s * kq;
                        matrix[k][q] = s * kp + c * kq;
                        double vp = vectors[k][p];
                        double vq = vectors[k][q];
                        vectors[k][p] = c * vp - s * vq;
                        vectors[k][q] = s * vp + c * vq;
                    }
                    for (int k = 0; k < n; k++) {
                        double pk = matrix[p][k];
                        double qk = matrix[q][k];
                        matrix[p][k] = c * pk - s * qk;
                        matrix[q][k] = s * pk + c * qk;
                    }
                }
            }
        }
    }

    private static double[][] identity(int n) {
        double[][] matrix = new double[n][n];
        for (int i = 0; i < n; i++) {
            matrix[i][i] = 1;
        }
        return matrix;
    }

    private static double norm(double[][] matrix) {
        double sum = 0;
        for (double[] row : matrix) {
            sum += dot(row, row);
        }
        return Math.sqrt(sum);
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
