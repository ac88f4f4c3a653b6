package dev.collapsemonitor.trainer.data;

/** Shape of one sample before it is flattened, in the order of its values: channels, then rows, then columns. */
public record SampleShape(int channels, int height, int width) {
    /** A sample that is a plain vector. */
    public static SampleShape flat(int length) {
        return new SampleShape(1, 1, length);
    }

    /** Number of values of a sample. */
    public int length() {
        return channels * height * width;
    }
}
