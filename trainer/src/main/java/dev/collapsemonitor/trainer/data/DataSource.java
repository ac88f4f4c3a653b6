package dev.collapsemonitor.trainer.data;

/** Where a data set comes from. */
public interface DataSource {
    /**
     * Reads or draws the data set.
     *
     * @throws dev.collapsemonitor.protocol.UserException when a file is missing or not what it should be
     */
    Dataset load();

    /** This data with a changed training set; the test set stays as it is. */
    default DataSource transformed(Transformation transformation) {
        return () -> {
            Dataset dataset = load();
            return dataset.withTrain(transformation.apply(dataset.train()));
        };
    }
}
