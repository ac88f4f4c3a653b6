package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.monitor.run.EventHistory;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.Transitions;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.v1.Alert;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.TimestampedKeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;

/**
 * Status and phase changes of runs as events: on their topic, in the run, and in the store, from which the run has them
 * again after a restart and so is not due for them a second time.
 *
 * <p>An event is sent before it is stored, in the same processing step: a process that is killed between the two sends it
 * again, the same to the byte, and who reads the topic tells it by run, attempt and sequence. It is not lost.
 */
final class EventLog {
    /** Kind of the entries in the run store. */
    static final String KIND = "event";

    static final String SINK = "alerts";

    private final ProcessorContext<byte[], byte[]> context;
    private final TimestampedKeyValueStore<String, byte[]> store;
    private final PhaseSettings settings;

    EventLog(
            ProcessorContext<byte[], byte[]> context,
            TimestampedKeyValueStore<String, byte[]> store,
            PhaseSettings settings) {
        this.context = context;
        this.store = store;
        this.settings = settings;
    }

    /** Draws the conclusions from what was restored; what the run is due for, is sent by the next {@link #follow}. */
    void restored(Run run) {
        run.conclude(settings);
    }

    /** Draws the conclusions from what is new about a run and sends the events that it is due for. */
    void follow(Run run, long nowMillis) {
        run.conclude(settings);
        for (Alert event : Transitions.due(run, run.status())) {
            send(event, nowMillis);
            run.add(event);
        }
    }

    private void send(Alert event, long nowMillis) {
        byte[] value = event.toByteArray();
        Headers headers = new org.apache.kafka.common.header.internals.RecordHeaders()
                .add(RecordHeaders.SCHEMA_VERSION, RecordHeaders.currentSchemaVersion());
        context.forward(new Record<>(Keys.run(event.getRun()), value, nowMillis, headers), SINK);
        store.put(key(event.getRun(), event.getSequence()), ValueAndTimestamp.make(value, event.getTimeMs()));
        if (event.getSequence() >= EventHistory.MOST) {
            store.delete(key(event.getRun(), event.getSequence() - EventHistory.MOST));
        }
    }

    private static String key(String run, long sequence) {
        return RunProcessor.key(run, KIND, sequence);
    }
}
