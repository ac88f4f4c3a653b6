package dev.collapsemonitor.monitor.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.linalg.Matrix;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rows x_j satisfy Σ x_j x_jᵀ = (M_cᵀM_c)⁺, whichever way they were come by. */
class PseudoInverseTest {
    @ParameterizedTest(name = "{0} classes, dimension {1}, smallest singular value {2}")
    @CsvSource({"2, 5, 1", "5, 4, 1", "6, 9, 1e-2", "6, 9, 1e-4", "6, 9, 1e-5", "6, 9, 0", "7, 3, 1", "5, 4, 1e-7"})
    void isThePseudoInverseOfTheGramMatrix(int classes, int d, double smallest) {
        Matrix means = centred(classes, d, smallest);
        PseudoInverse inverse = PseudoInverse.of(means, means.gram());

        int full = Math.min(d, classes - 1);
        assertThat(inverse.rank()).isEqualTo(smallest > PseudoInverse.RANK_TOLERANCE ? full : full - 1);

        Matrix gram = means.columnGram();
        Matrix product = inverse.rows().transposedTimes(inverse.rows());
        // A A⁺ A = A and A⁺ A A⁺ = A⁺, as far as the products of this test can tell.
        double tolerance = 1e-14 / (inverse.rank() == full ? smallest * smallest : 1);
        assertSame(gram.times(product).times(gram), gram, tolerance);
        assertSame(product.times(gram).times(product), product, tolerance);
        assertThat(product.times(gram).trace()).isCloseTo(inverse.rank(), within(10 * tolerance));
    }

    private static void assertSame(Matrix actual, Matrix expected, double tolerance) {
        assertThat(actual.plus(-1, expected).frobeniusNorm()).isLessThanOrEqualTo(tolerance * expected.frobeniusNorm());
    }

    /** Rows that sum to zero, with singular values between 2 and 1 but for the smallest one. */
    private static Matrix centred(int classes, int d, double smallest) {
        Random random = new Random(classes * 31L + d);
        int rank = Math.min(d, classes - 1);
        Matrix left = orthonormal(random, rank, classes, true);
        Matrix right = orthonormal(random, rank, d, false);
        Matrix scaled = right.copy();
        for (int j = 0; j < rank; j++) {
            double value = j == rank - 1 ? smallest : 2 - (double) j / rank;
            for (int c = 0; c < d; c++) {
                scaled.data()[j * d + c] *= value;
            }
        }
        return left.transposedTimes(scaled);
    }

    /** Orthonormal rows by Gram and Schmidt, each twice. */
    private static Matrix orthonormal(Random random, int rows, int columns, boolean sumsToZero) {
        Matrix basis = Matrix.zeros(rows, columns);
        for (int i = 0; i < rows; i++) {
            double[] row = random.doubles(columns, -1, 1).toArray();
            for (int pass = 0; pass < 2; pass++) {
                if (sumsToZero) {
                    double mean = 0;
                    for (double value : row) {
                        mean += value / columns;
                    }
                    for (int c = 0; c < columns; c++) {
                        row[c] -= mean;
                    }
                }
                for (int before = 0; before < i; before++) {
                    double product = 0;
                    for (int c = 0; c < columns; c++) {
                        product += row[c] * basis.get(before, c);
                    }
                    for (int c = 0; c < columns; c++) {
                        row[c] -= product * basis.get(before, c);
                    }
                }
            }
            double norm = 0;
            for (double value : row) {
                norm += value * value;
            }
            for (int c = 0; c < columns; c++) {
                basis.data()[i * columns + c] = row[c] / Math.sqrt(norm);
            }
        }
        return basis;
    }
}
