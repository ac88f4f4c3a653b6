package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.ingest.WeightRecord;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.monitor.statistics.PartSet.Arrival;
import dev.collapsemonitor.monitor.statistics.WeightAssembler;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** A layer's weights at one step, whose chunks arrive in any order; knows what it merged. */
final class StepWeights {
    private final WeightAssembler assembler;
    private final Map<Long, Integer> checksums = new TreeMap<>(); // by row offset

    StepWeights(WeightRecord first) {
        assembler = new WeightAssembler(
                withoutPayload(first.chunk()), first.weights().columns());
    }

    private StepWeights(WeightAssembler assembler) {
        this.assembler = assembler;
    }

    /** Whether a chunk is new, without taking note of it. */
    Arrival classify(WeightRecord record) {
        Integer known = checksums.get(record.chunk().getRowOffset());
        if (known == null) {
            // All rows are here: whatever comes cuts or fills them differently.
            return assembler.complete() ? Arrival.CONFLICT : Arrival.NEW;
        }
        return known == record.checksum() ? Arrival.DUPLICATE : Arrival.CONFLICT;
    }

    /**
     * Adds a chunk that is new.
     *
     * @throws InvalidRecordException when its shape differs from the other chunks' or a value is not finite; of the
     *     latter note is taken, so that the weights never complete and a redelivery changes nothing
     */
    void add(WeightRecord record) {
        long offset = record.chunk().getRowOffset();
        try {
            assembler.add(withoutPayload(record.chunk()), record.weights(), record.bias());
        } catch (InvalidRecordException e) {
            if (e.reason() == Reason.NOT_FINITE) {
                checksums.put(offset, record.checksum());
            }
            throw e;
        }
        checksums.put(offset, record.checksum());
    }

    private static WeightChunk withoutPayload(WeightChunk chunk) {
        return chunk.toBuilder().clearWeights().clearBias().build();
    }

    boolean complete() {
        return assembler.complete();
    }

    /** The chunk that declares layer, step and classes; no payload. */
    WeightChunk declared() {
        return assembler.declared();
    }

    LayerWeights weights() {
        return assembler.weights();
    }

    /** Bytes that the weights of a chunk's step take. */
    static long memoryBytes(WeightRecord record) {
        return WeightAssembler.memoryBytes(
                record.chunk().getRows(), record.weights().columns());
    }

    long memoryBytes() {
        return assembler.memoryBytes() + 64L * checksums.size();
    }

    /** Int number of chunks, each long row offset and int checksum; then the weights. */
    void write(DataOutput out) throws IOException {
        out.writeInt(checksums.size());
        for (Map.Entry<Long, Integer> chunk : checksums.entrySet()) {
            out.writeLong(chunk.getKey());
            out.writeInt(chunk.getValue());
        }
        assembler.write(out);
    }

    static StepWeights read(DataInput in) throws IOException {
        Map<Long, Integer> checksums = new TreeMap<>();
        int chunks = in.readInt();
        for (int i = 0; i < chunks; i++) {
            checksums.put(in.readLong(), in.readInt());
        }
        StepWeights weights = new StepWeights(WeightAssembler.read(in));
        weights.checksums.putAll(checksums);
        return weights;
    }
}
