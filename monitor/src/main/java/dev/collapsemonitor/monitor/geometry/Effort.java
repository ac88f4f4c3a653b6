package dev.collapsemonitor.monitor.geometry;

/**
 * How large a matrix may be that is factored for a metric. What inverts a larger one is undefined, with the reason: one
 * layer must not keep the stream waiting.
 *
 * @param mostFactored dimension of a Cholesky factor, n³/3 multiplications
 * @param mostEigenvectors dimension of the eigenvectors of a singular matrix, 10n³ multiplications
 */
public record Effort(int mostFactored, int mostEigenvectors) {
    /** Of a snapshot: seconds at most. */
    public static final Effort SNAPSHOT = new Effort(Integer.MAX_VALUE, 2049);

    /** Of a rolling result, which comes every second: some 30 ms at most. */
    public static final Effort ROLLING = new Effort(513, 513);
}
