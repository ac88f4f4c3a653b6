package dev.collapsemonitor.standalone.bench;

import java.util.Random;

/** The batch that is measured: 256 × 512 float32 features of 10 classes after a ReLU, half a megabyte. */
final class Features {
    static final int ROWS = 256;
    static final int DIMENSION = 512;
    static final int CLASSES = 10;
    static final long RECORD_BYTES = (long) ROWS * DIMENSION * Float.BYTES;

    private Features() {}

    /** Rows around class means, row-major. */
    static float[] rows(long seed) {
        Random random = new Random(seed);
        float[] rows = new float[ROWS * DIMENSION];
        for (int i = 0; i < rows.length; i++) {
            int label = i / DIMENSION % CLASSES;
            double mean = i % CLASSES == label ? 1 : 0;
            rows[i] = (float) Math.max(0, mean + 0.5 * random.nextGaussian());
        }
        return rows;
    }

    /** Labels of the rows: 0 to 9 in turn. */
    static int[] labels() {
        int[] labels = new int[ROWS];
        for (int i = 0; i < ROWS; i++) {
            labels[i] = i % CLASSES;
        }
        return labels;
    }
}
