package dev.collapsemonitor.trainer.publish;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Copies arrays of ND4J out of its memory. */
final class NdArrays {
    private NdArrays() {}

    /** The elements in row-major order, whatever order and strides the array has. */
    static float[] floats(INDArray array) {
        INDArray plain = array.dup('c');
        return plain.castTo(DataType.FLOAT).data().asFloat();
    }
}
