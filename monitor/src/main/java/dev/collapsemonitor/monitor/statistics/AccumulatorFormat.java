package dev.collapsemonitor.monitor.statistics;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The bytes of an accumulator, big-endian. Version 1:
 *
 * <pre>
 * byte   version
 * int    classes, dimension
 * bool   double features, single-precision products, scatter kept, decayed
 * double unit, sum of norms
 * long   rows observed
 * double packed scatter [dimension (dimension + 1) / 2], when kept
 * int    classes seen; each: int label, double weight, squares, seen, wrong, reference [dimension], sum [dimension]
 * reservoir: int cap; for every class: int rows; each: long priority, int predicted, features [dimension]
 * </pre>
 */
final class AccumulatorFormat {
    static final int VERSION = 1;

    private AccumulatorFormat() {}

    static void write(LayerAccumulator accumulator, DataOutput out) throws IOException {
        out.writeByte(VERSION);
        out.writeInt(accumulator.classes);
        out.writeInt(accumulator.dimension);
        out.writeBoolean(accumulator.doubleFeatures);
        out.writeBoolean(accumulator.single());
        out.writeBoolean(accumulator.scatter != null);
        out.writeBoolean(accumulator.decayed);
        out.writeDouble(accumulator.unit);
        out.writeDouble(accumulator.normSum);
        out.writeLong(accumulator.observed);
        if (accumulator.scatter != null) {
            writeAll(accumulator.scatter.packed(), out);
        }
        int seen = 0;
        for (ClassMoments moment : accumulator.moments) {
            seen += moment == null ? 0 : 1;
        }
        out.writeInt(seen);
        for (int k = 0; k < accumulator.classes; k++) {
            ClassMoments moment = accumulator.moments[k];
            if (moment != null) {
                out.writeInt(k);
                out.writeDouble(moment.weight);
                out.writeDouble(moment.squares);
                out.writeDouble(moment.seen);
                out.writeDouble(moment.wrong);
                writeAll(moment.reference, out);
                writeAll(moment.sum, out);
            }
        }
        accumulator.reservoir.write(out);
    }

    static LayerAccumulator read(DataInput in, AccumulatorLimits limits) throws IOException {
        int version = in.readByte();
        if (version != VERSION) {
            throw new IOException("accumulator of version " + version + ", but this build reads version " + VERSION);
        }
        int classes = in.readInt();
        int dimension = in.readInt();
        boolean doubleFeatures = in.readBoolean();
        boolean single = in.readBoolean();
        boolean scatter = in.readBoolean();
        if (single && doubleFeatures) {
            throw new IOException("accumulator of float64 features with float32 products: the bytes are damaged");
        }
        if (scatter != dimension <= limits.maxScatterDimension()) {
            throw new IOException("accumulator of " + classes + " classes, dimension " + dimension
                    + " was written under other limits than " + limits);
        }
        LayerAccumulator accumulator = new LayerAccumulator(classes, dimension, doubleFeatures, limits, single);
        accumulator.decayed = in.readBoolean();
        accumulator.unit = in.readDouble();
        accumulator.normSum = in.readDouble();
        accumulator.observed = in.readLong();
        if (scatter) {
            accumulator.scatter.restore(readAll(Scatter.packedLength(dimension), in));
        }
        int seen = in.readInt();
        for (int i = 0; i < seen; i++) {
            int k = in.readInt();
            double weight = in.readDouble();
            double squares = in.readDouble();
            double predicted = in.readDouble();
            double wrong = in.readDouble();
            ClassMoments moment = new ClassMoments(readAll(dimension, in), single);
            moment.weight = weight;
            moment.squares = squares;
            moment.seen = predicted;
            moment.wrong = wrong;
            System.arraycopy(readAll(dimension, in), 0, moment.sum, 0, dimension);
            accumulator.moments[k] = moment;
        }
        accumulator.reservoir.restore(in);
        return accumulator;
    }

    private static void writeAll(double[] values, DataOutput out) throws IOException {
        new Primitives().write(values, 0, values.length, out);
    }

    private static double[] readAll(int count, DataInput in) throws IOException {
        double[] values = new double[count];
        new Primitives().read(values, 0, count, in);
        return values;
    }
}
