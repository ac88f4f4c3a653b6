package dev.collapsemonitor.monitor.statistics;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Arrays as {@link DataOutput} writes their elements, a block at a time: element by element takes ten times as long. */
final class Primitives {
    private static final int BLOCK_BYTES = 8 << 10;

    private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);

    void write(double[] values, int from, int count, DataOutput out) throws IOException {
        int most = BLOCK_BYTES / Double.BYTES;
        for (int done = 0; done < count; done += most) {
            int now = Math.min(most, count - done);
            block.asDoubleBuffer().put(values, from + done, now);
            out.write(block.array(), 0, now * Double.BYTES);
        }
    }

    void write(float[] values, int from, int count, DataOutput out) throws IOException {
        int most = BLOCK_BYTES / Float.BYTES;
        for (int done = 0; done < count; done += most) {
            int now = Math.min(most, count - done);
            block.asFloatBuffer().put(values, from + done, now);
            out.write(block.array(), 0, now * Float.BYTES);
        }
    }

    void read(double[] values, int from, int count, DataInput in) throws IOException {
        int most = BLOCK_BYTES / Double.BYTES;
        for (int done = 0; done < count; done += most) {
            int now = Math.min(most, count - done);
            in.readFully(block.array(), 0, now * Double.BYTES);
            block.asDoubleBuffer().get(values, from + done, now);
        }
    }

    void read(float[] values, int from, int count, DataInput in) throws IOException {
        int most = BLOCK_BYTES / Float.BYTES;
        for (int done = 0; done < count; done += most) {
            int now = Math.min(most, count - done);
            in.readFully(block.array(), 0, now * Float.BYTES);
            block.asFloatBuffer().get(values, from + done, now);
        }
    }
}
