package dev.collapsemonitor.monitor.statistics;

/**
 * The rows of one batch minus their class's reference, sorted by class, off the heap: the block that the products are
 * made of. One per thread and precision, shared by all accumulators of the thread.
 *
 * <p>Everything runs in BLAS: plain loops over the same rows cost half as much as the products themselves (measured, see
 * RATIONALE.md).
 */
interface CentredRows {

    /** Makes room for a batch. */
    void start(int rows, int dimension);

    int rows();

    /**
     * Copies and centres the rows of one class and adds weight · Σ (h − r) to its sum.
     *
     * @param order row indices, sorted by class; those of the class stand at from … to − 1, and so do the results
     * @return Σ ‖h − r‖²
     */
    double centreClass(Batch batch, int[] order, int from, int to, ClassMoments moments, double weight);
}
