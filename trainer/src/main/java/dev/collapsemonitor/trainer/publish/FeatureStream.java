package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.DataType;
import java.util.function.Function;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A feature set that is published while it comes into being: rows are copied once, and every part goes to the queue as
 * soon as it is whole, so that a large snapshot is never in memory at once. A part for which the queue has no room is
 * dropped whole: the monitor sees that it is missing and lowers the coverage. Made by {@link RunPublisher#stream}.
 */
public final class FeatureStream implements AutoCloseable {
    private final SendQueue queue;
    private final ArrayPool<float[]> pool;
    private final Function<FeaturePart, ProducerRecord<byte[], byte[]>> encoder;
    private final Runnable onDrop;
    private final FeatureHeader header;
    private final Moment moment;
    private final PartLayout layout;
    private final int columns;
    private final int signalColumns;
    private final DataType type;
    private int part;
    private int filled; // rows of the present part that came
    private boolean dropping;
    private float[] features = {};
    private float[] signals = {};
    private int[] labels = {};
    private int[] predictions = {};
    private boolean predicted;

    FeatureStream(
            SendQueue queue,
            ArrayPool<float[]> pool,
            Function<FeaturePart, ProducerRecord<byte[], byte[]>> encoder,
            Runnable onDrop,
            FeatureHeader header,
            Moment moment,
            PartLayout layout,
            int columns,
            int signalColumns,
            DataType type) {
        this.queue = queue;
        this.pool = pool;
        this.encoder = encoder;
        this.onDrop = onDrop;
        this.header = header;
        this.moment = moment;
        this.layout = layout;
        this.columns = columns;
        this.signalColumns = signalColumns;
        this.type = type;
    }

    /** Bytes that a part of so many rows holds in the queue. */
    static long bytes(long rows, int columns, int signalColumns) {
        return rows * (columns + signalColumns) * Float.BYTES;
    }

    /**
     * Appends rows.
     *
     * @param rowLabels one per row, in [0, classes)
     * @param rowPredictions one per row, or empty when unknown
     * @param signalSource rows as long as announced, or {@link RowSource#NONE}
     */
    public void append(int[] rowLabels, int[] rowPredictions, RowSource featureSource, RowSource signalSource) {
        if (signalColumns > 0 && signalSource == RowSource.NONE) {
            throw new IllegalArgumentException("layer " + header.layer().getName() + ": signals of " + signalColumns
                    + " columns were announced, but none are given");
        }
        int from = 0;
        while (from < rowLabels.length) {
            if (part >= layout.parts()) {
                throw new IllegalStateException("layer " + header.layer().getName() + ": more than the announced "
                        + layout.rows() + " rows of features");
            }
            if (filled == 0) {
                begin(rowPredictions.length > 0);
            }
            int count = Math.min(rowLabels.length - from, layout.count(part) - filled);
            if (!dropping) {
                featureSource.copy(from, count, features, filled * columns);
                signalSource.copy(from, count, signals, filled * signalColumns);
                System.arraycopy(rowLabels, from, labels, filled, count);
                if (predicted) {
                    System.arraycopy(rowPredictions, from, predictions, filled, count);
                }
            }
            filled += count;
            from += count;
            if (filled == layout.count(part)) {
                finish();
            }
        }
    }

    private void begin(boolean withPredictions) {
        int rows = layout.count(part);
        dropping = !queue.reserve(bytes(rows, columns, signalColumns));
        if (dropping) {
            onDrop.run();
            return;
        }
        predicted = withPredictions;
        features = pool.take(Math.multiplyExact(rows, columns));
        signals = pool.take(Math.multiplyExact(rows, signalColumns));
        labels = new int[rows];
        predictions = new int[withPredictions ? rows : 0];
    }

    private void finish() {
        if (!dropping) {
            FeatureSet.Signals given = signalColumns == 0
                    ? new FeatureSet.NoSignals()
                    : new FeatureSet.SignalRows(Rows.of(signals, signalColumns, type));
            FeaturePart whole = new FeaturePart(
                    header,
                    moment,
                    part,
                    layout.parts(),
                    labels,
                    predictions,
                    Rows.of(features, columns, type),
                    given,
                    0);
            float[] featuresOfPart = features;
            float[] signalsOfPart = signals;
            queue.put(new SendQueue.Data(bytes(filled, columns, signalColumns), () -> {
                ProducerRecord<byte[], byte[]> record = encoder.apply(whole);
                pool.give(featuresOfPart);
                pool.give(signalsOfPart);
                return record;
            }));
        }
        part++;
        filled = 0;
    }

    /** Gives up a part that never became whole: it counts as dropped. */
    @Override
    public void close() {
        if (filled > 0) {
            filled = 0;
            if (!dropping) {
                queue.release(bytes(layout.count(part), columns, signalColumns));
                onDrop.run();
            }
            part = layout.parts();
        }
    }
}
