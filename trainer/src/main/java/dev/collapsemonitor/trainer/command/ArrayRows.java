package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.v1.Tensor;
import dev.collapsemonitor.trainer.arrays.ElementType;
import dev.collapsemonitor.trainer.arrays.NpyArray;
import dev.collapsemonitor.trainer.publish.Rows;

/** Rows of a saved array, in its own precision. */
record ArrayRows(NpyArray array) implements Rows {
    @Override
    public long count() {
        return array.rows();
    }

    @Override
    public int columns() {
        return array.columns();
    }

    @Override
    public int elementBytes() {
        return array.type().bytes();
    }

    @Override
    public Tensor tensor(long from, int count) {
        if (array.type() == ElementType.FLOAT64) {
            double[] block = new double[Math.multiplyExact(count, array.columns())];
            array.copyRows(from, count, block);
            return TensorCodec.doubles(block, count, array.columns());
        }
        float[] block = new float[Math.multiplyExact(count, array.columns())];
        array.copyRows(from, count, block);
        return TensorCodec.floats(block, count, array.columns());
    }
}
