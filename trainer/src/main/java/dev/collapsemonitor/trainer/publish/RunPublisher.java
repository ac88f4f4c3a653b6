package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Names;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes one attempt of a run. Knows nothing of any training framework.
 *
 * <p>A broker that is lost in the middle costs records, never the training: what cannot be handed over within the
 * producer's bound is dropped and counted, and the count travels with the next progress record. The calls may come from
 * one thread at a time; heartbeats come from a thread of this class.
 */
public final class RunPublisher implements AutoCloseable {
    /** How long {@link #close()} waits for what is on its way. */
    public static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(15);

    // A lost broker costs one wait in this time, not one per record: training goes on almost undisturbed.
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(RunPublisher.class);

    private final Producer<byte[], byte[]> producer;
    private final RecordFactory records;
    private final RunDescriptor descriptor;
    private final AtomicLong dropped = new AtomicLong();
    private final ScheduledExecutorService heart;
    private volatile Status latest;
    private volatile boolean paused;
    private volatile long pausedAt;
    private boolean started;
    private boolean ended;

    /**
     * Connects to a broker.
     *
     * @param rowLimit most rows of features in one record; {@link Integer#MAX_VALUE}: as many as fit
     * @throws UserException when the broker does not answer, lacks the topics, or a name is not allowed
     */
    public static RunPublisher connect(Broker broker, RunDescriptor descriptor, int rowLimit) {
        requireNames(descriptor);
        broker.check();
        return new RunPublisher(broker.producer(), descriptor, rowLimit);
    }

    RunPublisher(Producer<byte[], byte[]> producer, RunDescriptor descriptor, int rowLimit) {
        requireNames(descriptor);
        this.producer = producer;
        this.descriptor = descriptor;
        this.records = new RecordFactory(descriptor.getRun(), rowLimit);
        this.latest = new Status(0, 0, Measures.NONE);
        this.heart = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "collapse-heartbeat-" + descriptor.getRun());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** What this publisher says about its run. */
    public RunDescriptor descriptor() {
        return descriptor;
    }

    /** Publishes the descriptor and STARTED, and begins with heartbeats when the descriptor promises some. */
    public synchronized void start() {
        if (started) {
            throw new IllegalStateException("run " + descriptor.getRun() + " is started already");
        }
        started = true;
        send(records.descriptor(descriptor));
        sendProgress(ProgressEvent.STARTED, "");
        long promised = descriptor.getHeartbeatIntervalMs();
        if (promised > 0) {
            // Twice as often as promised: one that comes late breaks no promise.
            long period = Math.max(1, promised / 2);
            Future<?> unused = heart.scheduleAtFixedRate(this::heartbeat, period, period, TimeUnit.MILLISECONDS);
        }
    }

    /** Publishes the descriptor alone: for a run that is known already, or that others feed. */
    public void describe() {
        send(records.descriptor(descriptor));
    }

    /** Publishes the features of one layer. */
    public void features(FeatureSet set, Moment moment) {
        records.features(set, moment, this::sendUnlessPaused);
    }

    /** Publishes the weights of one layer. */
    public void weights(WeightSet set, Moment moment) {
        records.weights(set, moment, this::sendUnlessPaused);
    }

    /** Publishes where the run stands, as a heartbeat with the measures. */
    public void progress(double epoch, long step, Measures measures) {
        latest = new Status(epoch, step, measures);
        sendProgress(ProgressEvent.HEARTBEAT, "");
    }

    /** Says where the run stands; the next heartbeat carries it. */
    public void update(double epoch, long step) {
        latest = new Status(epoch, step, Measures.NONE);
    }

    /** Publishes FINISHED with the measures of the last progress. No effect after an end. */
    public void finished() {
        end(ProgressEvent.FINISHED, "");
    }

    /** Publishes FAILED. No effect after an end. */
    public void failed(String reason) {
        end(ProgressEvent.FAILED, reason.lines().findFirst().orElse("unknown"));
    }

    /** Records that did not reach the broker so far. */
    public long dropped() {
        return dropped.get();
    }

    /** Waits for what is on its way, at most {@link #CLOSE_TIMEOUT}. */
    @Override
    public void close() {
        heart.shutdownNow();
        producer.close(CLOSE_TIMEOUT);
        if (dropped.get() > 0) {
            log.warn("run {}: {} records did not reach the broker", descriptor.getRun(), dropped.get());
        }
    }

    private synchronized void end(ProgressEvent event, String reason) {
        if (!ended) {
            ended = true;
            heart.shutdownNow();
            sendProgress(event, reason);
        }
    }

    private synchronized void heartbeat() {
        if (!ended) { // the end is the last word
            sendProgress(ProgressEvent.HEARTBEAT, "");
        }
    }

    private void sendProgress(ProgressEvent event, String reason) {
        Status status = latest;
        Progress.Builder progress = Progress.newBuilder()
                .setRun(descriptor.getRun())
                .setAttempt(descriptor.getAttempt())
                .setEvent(event)
                .setStep(status.step)
                .setEpoch(status.epoch)
                .setReason(reason)
                .setBatchesDropped(dropped.get());
        status.measures.writeTo(progress);
        ProducerRecord<byte[], byte[]> record = records.progress(progress.build());
        if (event == ProgressEvent.HEARTBEAT) {
            sendUnlessPaused(record);
        } else {
            send(record); // worth another wait
        }
    }

    private void sendUnlessPaused(ProducerRecord<byte[], byte[]> record) {
        if (paused && System.nanoTime() - pausedAt < PAUSE.toNanos()) {
            dropped.incrementAndGet();
        } else {
            send(record);
        }
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        try {
            Future<?> unused = producer.send(record, (metadata, error) -> {
                if (error != null) {
                    drop(error);
                }
            });
            paused = false;
        } catch (KafkaException e) {
            drop(e);
            pausedAt = System.nanoTime();
            paused = true;
        }
    }

    private void drop(Exception error) {
        if (dropped.getAndIncrement() == 0) {
            log.warn(
                    "run {}: a record did not reach the broker, more may follow: {}",
                    descriptor.getRun(),
                    error.getMessage());
        }
    }

    private static void requireNames(RunDescriptor descriptor) {
        requireNames(descriptor.getRun(), descriptor.getExperiment());
        try {
            descriptor.getLayersList().forEach(layer -> Names.requireLayer(layer.getName()));
        } catch (InvalidRecordException e) {
            throw new UserException(e.getMessage(), e);
        }
    }

    /** Checks names where the user gives them. */
    static void requireNames(String run, String experiment) {
        try {
            Names.requireRun(run);
            Names.requireExperiment(experiment);
        } catch (InvalidRecordException e) {
            throw new UserException(e.getMessage(), e);
        }
    }

    private record Status(double epoch, long step, Measures measures) {}
}
