package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerControl;
import dev.collapsemonitor.protocol.v1.RunFate;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Tells the layers of a run what became of it: they are in other tasks, perhaps of other instances. */
final class LayerNotices {
    static final String SINK = "control-of-layers";

    private final ProcessorContext<byte[], byte[]> context;

    LayerNotices(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
    }

    /** An attempt of the run has ended. */
    void ended(String run, List<Layer> layers, int attempt) {
        send(run, layers, LayerControl.newBuilder().setFate(RunFate.ENDED).setAttempt(attempt));
    }

    /**
     * The run was deleted.
     *
     * @param millis the broker's time of that
     */
    void deleted(String run, List<Layer> layers, long millis) {
        send(run, layers, LayerControl.newBuilder().setFate(RunFate.DELETED).setDeletedMs(millis));
    }

    private void send(String run, List<Layer> layers, LayerControl.Builder fate) {
        layers.forEach(layer -> {
            Headers headers = new org.apache.kafka.common.header.internals.RecordHeaders()
                    .add(RecordHeaders.SCHEMA_VERSION, RecordHeaders.currentSchemaVersion());
            LayerControl control = fate.setRun(run).setLayer(layer.getName()).build();
            context.forward(
                    new Record<>(
                            Keys.layer(run, layer.getName()),
                            control.toByteArray(),
                            context.currentSystemTimeMs(),
                            headers),
                    SINK);
        });
    }
}
