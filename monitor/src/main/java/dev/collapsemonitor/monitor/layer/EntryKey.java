package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.changelog.KeyFormat;
import dev.collapsemonitor.protocol.v1.Split;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Names a piece of the state of a layer that is logged as one.
 *
 * @param layer run/layer
 * @param split unspecified where the kind knows none
 */
record EntryKey(String layer, EntryKind kind, int attempt, long step, Split split) {
    /** UTF run/layer, byte kind, int attempt, long step, byte split. */
    static final KeyFormat<EntryKey> FORMAT = new KeyFormat<>() {
        @Override
        public byte[] encode(EntryKey key) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (DataOutputStream out = new DataOutputStream(bytes)) {
                out.writeUTF(key.layer);
                out.writeByte(key.kind.code());
                out.writeInt(key.attempt);
                out.writeLong(key.step);
                out.writeByte(key.split.getNumber());
            } catch (IOException e) {
                throw new IllegalStateException("writing to memory does not fail", e);
            }
            return bytes.toByteArray();
        }

        @Override
        public EntryKey decode(byte[] bytes) throws IOException {
            try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
                return new EntryKey(
                        in.readUTF(),
                        EntryKind.of(in.readByte()),
                        in.readInt(),
                        in.readLong(),
                        Split.forNumber(in.readByte()));
            }
        }
    };

    /** The clock of the stage, which belongs to no layer. */
    static final EntryKey CLOCK = new EntryKey("", EntryKind.CLOCK, 0, 0, Split.SPLIT_UNSPECIFIED);

    static EntryKey of(String layer, EntryKind kind, SnapshotId id) {
        return new EntryKey(layer, kind, id.attempt(), id.step(), id.split());
    }

    SnapshotId snapshot() {
        return new SnapshotId(attempt, step, split);
    }
}
