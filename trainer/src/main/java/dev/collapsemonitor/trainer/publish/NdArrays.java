package dev.collapsemonitor.trainer.publish;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Copies arrays of ND4J out of its memory. */
final class NdArrays {
    private NdArrays() {}

    /** The elements in row-major order, whatever order and strides the array has. */
    static float[] floats(INDArray array) {
        float[] values = new float[Math.toIntExact(array.length())];
        floats(array, values);
        return values;
    }

    /** The same, into memory of the caller's. */
    static void floats(INDArray array, float[] target) {
        copy(rowMajor(array), 0, Math.toIntExact(array.length()), target, 0); // reshape may copy a transposed array
    }

    /** Position of the largest value in each row of a small matrix, for which ND4J's own takes ten times as long. */
    static int[] argMax(INDArray matrix) {
        float[] values = floats(matrix);
        int columns = Math.toIntExact(matrix.size(1));
        int[] positions = new int[Math.toIntExact(matrix.size(0))];
        Arrays.setAll(positions, row -> SampleScore.argMax(values, row * columns, columns));
        return positions;
    }

    /**
     * The samples of an array, each flattened in row-major order. Good as long as the array is: in a workspace, until its
     * scope ends.
     *
     * @param array samples along the first dimension
     */
    static RowSource rows(INDArray array) {
        INDArray plain = rowMajor(array);
        long columns = plain.length() / plain.size(0);
        return (from, count, target, offset) ->
                copy(plain, from * columns, Math.toIntExact(count * columns), target, offset);
    }

    /** One copy, from the array's own memory, at the speed of the memory: no element passes through a getter. */
    private static void copy(INDArray rowMajor, long from, int count, float[] target, int offset) {
        Nd4j.getAffinityManager().ensureLocation(rowMajor, AffinityManager.Location.HOST);
        try (FloatPointer pointer = new FloatPointer(rowMajor.data().addressPointer())) {
            pointer.position(from).get(target, offset, count);
        }
    }

    private static INDArray rowMajor(INDArray array) {
        INDArray floats = array.castTo(DataType.FLOAT); // itself when it is
        return isRowMajor(floats) ? floats : floats.dup('c');
    }

    private static boolean isRowMajor(INDArray array) {
        long expected = 1;
        for (int i = array.rank() - 1; i >= 0; i--) {
            if (array.size(i) > 1 && array.stride(i) != expected) {
                return false;
            }
            expected *= array.size(i);
        }
        return true;
    }
}
