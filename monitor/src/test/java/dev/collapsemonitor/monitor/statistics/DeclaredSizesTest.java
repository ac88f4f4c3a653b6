package dev.collapsemonitor.monitor.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.collapsemonitor.monitor.statistics.PartSet.Arrival;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A record declares how large its whole will be; memory is taken for what arrived. */
class DeclaredSizesTest {
    private static final int COLUMNS = 1 << 16;
    private static final int ROWS = 1 << 10; // half a gigabyte in all

    @Test
    void oneChunkOfAHugeMatrixTakesTheMemoryOfOneChunk() {
        WeightChunk chunk = chunk(ROWS - 1, ROWS);
        TensorView row = row(COLUMNS, 1);
        long bytes = allocatedBy(() -> {
            WeightAssembler assembler = new WeightAssembler(chunk, COLUMNS);
            assembler.add(chunk, row, new double[0]);
            assertThat(assembler.complete()).isFalse();
        });
        assertThat(bytes).isLessThan(16L * COLUMNS);
    }

    @Test
    void onePartOfAMillionTakesTheMemoryOfOnePart() {
        int parts = 1 << 20;
        long bytes = allocatedBy(() -> {
            PartSet set = new PartSet(parts);
            set.merged(parts - 1, 7);
            assertThat(set.classify(parts - 1, parts, 7)).isEqualTo(Arrival.DUPLICATE);
            assertThat(set.memoryBytes()).isLessThan(50_000);
        });
        assertThat(bytes).isLessThan(100_000);
    }

    @Test
    void chunksGiveTheSameMatrixInAnyOrderAndWhereverTheyAreStoredInBetween() throws IOException {
        int rows = 40;
        List<Integer> offsets = new ArrayList<>();
        for (int offset = 0; offset < rows; offset += 4) {
            offsets.add(offset);
        }
        double[] expected = new double[rows * 3];
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < 3; j++) {
                expected[row * 3 + j] = row + 1;
            }
        }
        for (int seed = 0; seed < 20; seed++) {
            Collections.shuffle(offsets, new Random(seed));
            WeightAssembler assembler = new WeightAssembler(chunk(0, rows), 3);
            for (int i = 0; i < offsets.size(); i++) {
                if (i == seed % offsets.size()) {
                    assembler = restored(assembler);
                }
                int offset = offsets.get(i);
                float[] values = new float[12];
                for (int j = 0; j < 12; j++) {
                    values[j] = offset + j / 3 + 1;
                }
                TensorView block = TensorView.of("w", TensorCodec.floats(values, 4, 3));
                assembler.add(chunk(offset, rows), block, new double[0]);
            }
            assertThat(assembler.complete()).isTrue();
            assertThat(assembler.weights().weights().data()).isEqualTo(expected);
        }
    }

    @Test
    void rowsThatArrivedBeforeInAnotherChunkAreAConflict() {
        WeightAssembler assembler = new WeightAssembler(chunk(0, 10), 2);
        assembler.add(chunk(3, 10), row(2, 3), new double[0]);
        assertThatThrownBy(() -> assembler.add(chunk(1, 10), row(2, 3), new double[0]))
                .isInstanceOf(InvalidRecordException.class)
                .hasFieldOrPropertyWithValue("reason", Reason.CONFLICT)
                .hasMessage("weights of run r, layer : row 3 of step 0 arrived before, in a chunk that was cut"
                        + " differently");
    }

    private static WeightAssembler restored(WeightAssembler assembler) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assembler.write(new DataOutputStream(bytes));
        return WeightAssembler.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    }

    private static WeightChunk chunk(long offset, long rows) {
        return WeightChunk.newBuilder()
                .setRun("r")
                .setRowOffset(offset)
                .setRows(rows)
                .build();
    }

    private static TensorView row(int columns, int rows) {
        return TensorView.of("w", TensorCodec.floats(new float[rows * columns], rows, columns));
    }

    private static long allocatedBy(Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        work.run(); // what loading its classes takes is not measured
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
