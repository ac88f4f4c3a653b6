package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.protocol.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Time of one task in which nothing can have come unseen: it stands still while the task lags behind its topics, while the
 * broker does not answer, and while the process does not run. Waiting for parts, and the silence of runs, are measured by
 * it.
 *
 * <p>A task is caught up when it has processed everything that was there at the last tick. Whether it has processed
 * everything at the very moment of a tick would be a matter of luck under a steady load.
 */
final class CaughtUpClock {
    /** How often it is to be asked. */
    static final Duration TICK = Duration.ofSeconds(1);

    /** Between two ticks: more is a pause of the process, or of the machine. */
    private static final long LONGEST_GAP_MILLIS = 3 * TICK.toMillis();

    private final Intake intake;
    private final Map<String, Source> sources = new HashMap<>();
    private long tickMillis;
    private boolean caughtUp;

    /** @param partition that the task has of each of the topics */
    CaughtUpClock(Intake intake, Set<Topic> topics, int partition, long nowMillis) {
        this.intake = intake;
        topics.forEach(
                topic -> sources.put(topic.topicName(), new Source(new TopicPartition(topic.topicName(), partition))));
        tickMillis = nowMillis;
    }

    /** Takes note of a record that was processed. */
    void processed(RecordMetadata record) {
        sources.get(record.topic()).processedEnd = record.offset() + 1;
    }

    /**
     * Caught-up time since the last tick, in milliseconds: all of it or nothing.
     *
     * @param nowMillis this machine's clock
     */
    long tick(long nowMillis) {
        long gap = nowMillis - tickMillis;
        tickMillis = nowMillis;
        if (gap < 0 || gap > LONGEST_GAP_MILLIS) {
            // What is known of the topics is as old.
            caughtUp = false;
            sources.values().forEach(Source::forget);
            return 0;
        }
        boolean before = caughtUp;
        caughtUp = true;
        for (Source source : sources.values()) {
            caughtUp &= source.isCaughtUp(intake);
        }
        return before && caughtUp ? gap : 0;
    }

    /** A partition between two ticks. */
    private static final class Source {
        private final TopicPartition partition;
        private long endBefore = Intake.UNKNOWN;
        private long processedEnd;

        Source(TopicPartition partition) {
            this.partition = partition;
        }

        boolean isCaughtUp(Intake intake) {
            long end = intake.end(partition);
            boolean known = end != Intake.UNKNOWN;
            boolean all = known && processedEnd >= end;
            boolean allOfBefore = known && endBefore != Intake.UNKNOWN && processedEnd >= endBefore;
            endBefore = end;
            return all || allOfBefore;
        }

        void forget() {
            endBefore = Intake.UNKNOWN;
        }
    }
}
