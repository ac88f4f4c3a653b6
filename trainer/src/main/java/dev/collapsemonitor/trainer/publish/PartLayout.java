package dev.collapsemonitor.trainer.publish;

/**
 * How the rows of a feature set are cut into records: a pure function of the number of rows, the bytes of a row and the
 * row limit, so that who publishes twice publishes the same parts, which the monitor recognises as duplicates.
 *
 * @param rows in all
 * @param rowsPerPart of every part but the last
 */
record PartLayout(long rows, int rowsPerPart) {
    /** The layout of rows with {@code values} elements each, back-propagated signals included. */
    static PartLayout of(long rows, int values, int elementBytes, int rowLimit) {
        return new PartLayout(rows, Math.min(rowLimit, FeatureSet.rowsPerPart(values, elementBytes)));
    }

    int parts() {
        return Math.toIntExact((rows + rowsPerPart - 1) / rowsPerPart);
    }

    /** First row of a part. */
    long from(int part) {
        return (long) part * rowsPerPart;
    }

    /** Rows of a part. */
    int count(int part) {
        return (int) Math.min(rowsPerPart, rows - from(part));
    }
}
