package dev.collapsemonitor.monitor.topology;

import org.apache.kafka.common.TopicPartition;

/** What is still to come from the broker, as the calling stream thread's consumer knows it. */
@FunctionalInterface
interface Intake {
    /** Of a partition whose end is not known, for instance because the broker does not answer. */
    long UNKNOWN = -1;

    /**
     * The offset up to which a partition of this thread has records to process, all records before it included: the offset
     * after the last one that was fetched, or where the broker's log ends when more is to be fetched; 0 when there is nothing
     * to process; {@link #UNKNOWN} while the broker does not answer.
     */
    long end(TopicPartition partition);
}
