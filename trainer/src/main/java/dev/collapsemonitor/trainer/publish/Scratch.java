package dev.collapsemonitor.trainer.publish;

/** Memory for what is needed for a moment only, again and again. For one thread. */
public final class Scratch {
    private byte[] bytes = {};

    /** At least so many bytes, of any content; the same memory as the last time wherever it suffices. */
    public byte[] bytes(int count) {
        if (bytes.length < count) {
            bytes = new byte[count];
        }
        return bytes;
    }
}
