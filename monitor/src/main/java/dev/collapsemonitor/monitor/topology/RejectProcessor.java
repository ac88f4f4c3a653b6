package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.Names;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.RecordHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Counts the dead letters of each run, whichever stage and instance rejected them: letters are partitioned by run ({@link
 * RunPartitioner}), so that they come to the task that owns the run, and its instance exports the count with everything
 * else of the run.
 *
 * <p>The run is that of the record's key. A letter makes no run known: else poison could make series. Counts of runs that
 * are not known yet wait, for some of them: a run's first record can be a rejected one.
 */
final class RejectProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    private static final int MOST_WAITING = 1_000;
    private static final Duration TICK = Duration.ofSeconds(1);

    private final RunDirectory directory;
    private final Map<String, Map<Reason, Long>> waiting = new LinkedHashMap<>();

    RejectProcessor(RunDirectory directory) {
        this.directory = directory;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        context.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, now -> settle());
    }

    @Override
    public void process(Record<byte[], byte[]> letter) {
        Optional<Reason> reason = reason(letter.headers().lastHeader(RecordHeaders.REJECT_REASON));
        if (letter.key() == null || reason.isEmpty()) {
            return; // nobody's, or of a version that knows more reasons
        }
        byte[] key = RunPartitioner.runOf(letter.key());
        String name = new String(key, StandardCharsets.UTF_8);
        Run run = directory.find(name);
        if (run != null) {
            run.rejected(reason.get(), 1);
        } else if (key.length <= Names.MAX_BYTES) {
            waiting.computeIfAbsent(name, unknown -> new EnumMap<>(Reason.class))
                    .merge(reason.get(), 1L, Long::sum);
            if (waiting.size() > MOST_WAITING) {
                waiting.remove(waiting.keySet().iterator().next());
            }
        }
    }

    private void settle() {
        waiting.entrySet().removeIf(entry -> {
            Run run = directory.find(entry.getKey());
            if (run != null) {
                entry.getValue().forEach(run::rejected);
            }
            return run != null;
        });
    }

    private static Optional<Reason> reason(Header header) {
        return header == null ? Optional.empty() : Reason.ofLabel(new String(header.value(), StandardCharsets.UTF_8));
    }
}
