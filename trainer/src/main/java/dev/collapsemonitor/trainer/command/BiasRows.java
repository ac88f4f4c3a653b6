package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.v1.Tensor;
import dev.collapsemonitor.trainer.arrays.ElementType;
import dev.collapsemonitor.trainer.arrays.NpyArray;
import dev.collapsemonitor.trainer.publish.Rows;

/** A saved vector, whether of shape (n), (n, 1) or (1, n), as one row. */
record BiasRows(NpyArray array) implements Rows {
    @Override
    public long count() {
        return 1;
    }

    @Override
    public int columns() {
        return Math.toIntExact(array.rows() * array.columns());
    }

    @Override
    public int elementBytes() {
        return array.type().bytes();
    }

    @Override
    public Tensor tensor(long from, int count) {
        int rows = Math.toIntExact(array.rows());
        if (array.type() == ElementType.FLOAT64) {
            double[] values = new double[columns()];
            array.copyRows(0, rows, values);
            return TensorCodec.doubles(values, 1, values.length);
        }
        float[] values = new float[columns()];
        array.copyRows(0, rows, values);
        return TensorCodec.floats(values, 1, values.length);
    }
}
