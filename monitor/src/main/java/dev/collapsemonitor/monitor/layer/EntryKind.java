package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.changelog.UnknownVersionException;
import dev.collapsemonitor.monitor.layer.LayerState.WeightsId;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.PartSet;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What the state of a layer is logged as. A value is a version byte and what the kind writes.
 *
 * <p>The order is that in which a flush writes: it can be cut anywhere, and what comes later relies on what came before. A
 * snapshot counts as closed only when its result, and what the next results need of it, are in the log. Removals come
 * after all writes, in the opposite order.
 */
enum EntryKind {
    /** Results that may not have reached the broker yet: emitted again after a restart. */
    RESULTS(1) {
        @Override
        boolean isIn(LayerState state, EntryKey key) {
            return state.results().containsKey(key.snapshot());
        }

        @Override
        void write(LayerState state, EntryKey key, DataOutput out) throws IOException {
            List<LayerResult> results = state.results().get(key.snapshot());
            out.writeInt(results.size());
            for (LayerResult result : results) {
                byte[] message = result.toByteArray();
                out.writeInt(message.length);
                out.write(message);
            }
        }

        @Override
        void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) throws IOException {
            List<LayerResult> results = new ArrayList<>();
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                byte[] message = new byte[in.readInt()];
                in.readFully(message);
                results.add(LayerResult.parseFrom(message));
            }
            state.results().put(key.snapshot(), results);
        }
    },
    /** SNR singular values of the first snapshot of the attempt; one entry a layer. */
    FIRST_OMEGAS(2) {
        @Override
        boolean isIn(LayerState state, EntryKey key) {
            return state.first().attempt() > 0;
        }

        @Override
        void write(LayerState state, EntryKey key, DataOutput out) throws IOException {
            FirstOmegas first = state.first();
            out.writeInt(first.attempt());
            out.writeLong(first.step());
            out.writeInt(first.values().length);
            for (double value : first.values()) {
                out.writeDouble(value);
            }
        }

        @Override
        void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) throws IOException {
            int attempt = in.readInt();
            long step = in.readLong();
            double[] values = new double[in.readInt()];
            for (int i = 0; i < values.length; i++) {
                values[i] = in.readDouble();
            }
            state.restore(new FirstOmegas(attempt, step, values));
        }
    },
    /** Weights of a step, complete or not. */
    WEIGHTS(3) {
        @Override
        boolean isIn(LayerState state, EntryKey key) {
            return state.weights(weightsId(key)) != null;
        }

        @Override
        void write(LayerState state, EntryKey key, DataOutput out) throws IOException {
            state.weights(weightsId(key)).write(out);
        }

        @Override
        void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) throws IOException {
            state.restore(weightsId(key), StepWeights.read(in));
        }
    },
    /** The same for weights of rolling mode. */
    ROLLING_WEIGHTS(6) {
        @Override
        boolean isIn(LayerState state, EntryKey key) {
            return WEIGHTS.isIn(state, key);
        }

        @Override
        void write(LayerState state, EntryKey key, DataOutput out) throws IOException {
            WEIGHTS.write(state, key, out);
        }

        @Override
        void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) throws IOException {
            WEIGHTS.read(state, key, in, restore);
        }
    },
    /** Rolling statistics; one entry a split. */
    ROLLING_WINDOW(7) {
        @Override
        boolean isIn(LayerState state, EntryKey key) {
            return state.rolling().containsKey(key.split());
        }

        @Override
        void write(LayerState state, EntryKey key, DataOutput out) throws IOException {
            state.rolling().get(key.split()).write(out);
        }

        @Override
        void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) throws IOException {
            state.rolling().put(key.split(), RollingWindow.read(in, restore.limits(), restore.rolling()));
        }
    },
    /** A snapshot whose parts are still arriving. */
    OPEN_SNAPSHOT(4, 2) {
        @Override
        boolean isIn(LayerState state, EntryKey key) {
            return state.open().containsKey(key.snapshot());
        }

        @Override
        void write(LayerState state, EntryKey key, DataOutput out) throws IOException {
            state.open().get(key.snapshot()).write(out);
        }

        @Override
        void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) throws IOException {
            state.open().put(key.snapshot(), OpenSnapshot.read(in, restore.limits(), restore.version()));
        }
    },
    /** Parts of a snapshot that was closed. */
    CLOSED_SNAPSHOT(5) {
        @Override
        boolean isIn(LayerState state, EntryKey key) {
            return state.closed(key.snapshot()) != null;
        }

        @Override
        void write(LayerState state, EntryKey key, DataOutput out) throws IOException {
            state.closed(key.snapshot()).write(out);
        }

        @Override
        void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) throws IOException {
            state.restore(key.snapshot(), PartSet.read(in));
        }
    },
    /** The end of a run, until what is under way of it is closed. */
    ENDING(9) {
        @Override
        boolean isIn(LayerState state, EntryKey key) {
            return state.endingAttempt() > 0;
        }

        @Override
        void write(LayerState state, EntryKey key, DataOutput out) throws IOException {
            out.writeInt(state.endingAttempt());
            out.writeLong(state.heard());
        }

        @Override
        void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) throws IOException {
            state.restoreEnding(in.readInt(), in.readLong());
        }
    },
    /** When the run was deleted last: once is enough. */
    DELETED(10) {
        @Override
        boolean isIn(LayerState state, EntryKey key) {
            return state.deletedMillis() > 0;
        }

        @Override
        void write(LayerState state, EntryKey key, DataOutput out) throws IOException {
            out.writeLong(state.deletedMillis());
        }

        @Override
        void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) throws IOException {
            state.restoreDeleted(in.readLong());
        }
    },
    /** Caught-up time of the stage: of no layer, so {@link LayerChangelog} writes and reads it. */
    CLOCK(8) {
        @Override
        boolean isIn(LayerState state, EntryKey key) {
            return false;
        }

        @Override
        void write(LayerState state, EntryKey key, DataOutput out) {
            throw new UnsupportedOperationException("the clock is of no layer");
        }

        @Override
        void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) {
            throw new UnsupportedOperationException("the clock is of no layer");
        }
    };

    private final int code;
    private final int version;

    EntryKind(int code) {
        this(code, 1);
    }

    EntryKind(int code, int version) {
        this.code = code;
        this.version = version;
    }

    /**
     * What a restore knows beside the bytes.
     *
     * @param version in which the entry was written
     */
    record Circumstances(AccumulatorLimits limits, RollingSettings rolling, int version) {}

    /** In the keys of the log: never given to another kind. */
    int code() {
        return code;
    }

    static EntryKind of(int code) throws IOException {
        for (EntryKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new IOException(
                "layer state of the unknown kind " + code + "; start the build that wrote it, or a newer one");
    }

    /** Whose weights a key names: its kind tells the mode. */
    private static WeightsId weightsId(EntryKey key) {
        Mode mode = key.kind() == ROLLING_WEIGHTS ? Mode.ROLLING : Mode.SNAPSHOT;
        return new WeightsId(mode, key.attempt(), key.step());
    }

    /** Whether the layer has this piece; what it has no more is removed from the log. */
    abstract boolean isIn(LayerState state, EntryKey key);

    abstract void write(LayerState state, EntryKey key, DataOutput out) throws IOException;

    abstract void read(LayerState state, EntryKey key, DataInput in, Circumstances restore) throws IOException;

    void writeVersioned(LayerState state, EntryKey key, DataOutput out) throws IOException {
        out.writeByte(version);
        write(state, key, out);
    }

    /** Reads what {@link #writeVersioned} of this build or an older one wrote. */
    void readVersioned(LayerState state, EntryKey key, DataInput in, AccumulatorLimits limits, RollingSettings rolling)
            throws IOException {
        read(state, key, in, new Circumstances(limits, rolling, readVersion(key.layer(), in)));
    }

    private int readVersion(String layer, DataInput in) throws IOException {
        int written = in.readByte();
        if (written < 1 || written > version) {
            throw new UnknownVersionException(name() + " of " + layer, written, version);
        }
        return written;
    }

    /** Caught-up time as it is logged. */
    static void writeClock(long clock, DataOutput out) throws IOException {
        out.writeByte(CLOCK.version);
        out.writeLong(clock);
    }

    static long readClock(DataInput in) throws IOException {
        int unused = CLOCK.readVersion("a task", in);
        return in.readLong();
    }
}
