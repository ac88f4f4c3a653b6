package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.Descriptors;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Names;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.ElasticityProbe;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.trainer.publish.PublisherOptions.WhenFull;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes one attempt of a run. Knows nothing of any training framework.
 *
 * <p>The calls hand over to a queue that is bounded in bytes; a background thread encodes and sends. So a caller waits
 * neither for the broker nor for the encoding. What the queue has no room for is dropped in whole records and counted; the
 * count travels with every progress record, and the monitor lowers the coverage of what is incomplete. Start, heartbeats
 * and end always find room. The calls may come from one thread at a time.
 */
public final class RunPublisher implements AutoCloseable {
    /** How long {@link #close()} waits for what is on its way. */
    public static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(15);

    // Of the time for closing, what is left for the end of the run once waiting data was given up.
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    /** Of arrays kept for the next capture, in each of the two pools. */
    private static final long IDLE_BYTES = 16 << 20;

    private static final Logger log = LoggerFactory.getLogger(RunPublisher.class);

    private final PublisherOptions options;
    private final RecordFactory records;
    private final RecordSender sender;
    private final SendQueue queue;
    private final ArrayPool<float[]> floats;
    private final ArrayPool<byte[]> values; // of records
    private final RunDescriptor descriptor;
    private final Thread worker;
    private final ScheduledExecutorService heart;
    private final Duration closeTimeout;
    private final Object words = new Object(); // held while a word about the run is said, so that the end is the last
    private volatile Status latest = new Status(0, 0, Measures.NONE);
    private boolean started;
    private boolean ended; // no more may be handed over
    private boolean lastWordSaid; // guarded by words
    private boolean closed;

    /**
     * Connects to a broker.
     *
     * @throws UserException when the broker does not answer, lacks the topics, or a name is not allowed
     */
    public static RunPublisher connect(Broker broker, RunDescriptor descriptor, PublisherOptions options) {
        requireNames(descriptor);
        broker.check();
        return new RunPublisher(broker.producer(), descriptor, options);
    }

    RunPublisher(Producer<byte[], byte[]> producer, RunDescriptor descriptor, PublisherOptions options) {
        this(producer, descriptor, options, CLOSE_TIMEOUT);
    }

    RunPublisher(
            Producer<byte[], byte[]> producer,
            RunDescriptor descriptor,
            PublisherOptions options,
            Duration closeTimeout) {
        requireNames(descriptor);
        this.options = options;
        this.descriptor = descriptor;
        this.closeTimeout = closeTimeout;
        sender = new RecordSender(producer, descriptor.getRun());
        queue = new SendQueue(options.queueBytes(), options.whenFull());
        floats = ArrayPool.floats(Math.min(IDLE_BYTES, options.queueBytes()));
        values = ArrayPool.bytes(Math.min(IDLE_BYTES, options.queueBytes()));
        records = new RecordFactory(descriptor.getRun(), options.rowLimit(), values);
        heart = Executors.newSingleThreadScheduledExecutor(
                task -> daemon(task, "collapse-heartbeat-" + descriptor.getRun()));
        worker = daemon(this::work, "collapse-publisher-" + descriptor.getRun());
        worker.start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
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
        describe();
        say(ProgressEvent.STARTED, "");
        long promised = descriptor.getHeartbeatIntervalMs();
        if (promised > 0) {
            // Twice as often as promised: one that comes late breaks no promise.
            long period = Math.max(1, promised / 2);
            Future<?> unused = heart.scheduleAtFixedRate(this::heartbeat, period, period, TimeUnit.MILLISECONDS);
        }
    }

    /** Publishes the descriptor alone: for a run that is known already, or that others feed. */
    public void describe() {
        queue.put(new SendQueue.Word(() -> sender.send(records.descriptor(descriptor))));
    }

    /** Publishes the features of one layer. */
    public void features(FeatureSet set, Moment moment) {
        Rows rows = set.features();
        requireRow(set.header().layer(), "features", (long) set.rowValues() * rows.elementBytes());
        PartLayout layout = records.layout(rows.count(), set.rowValues(), rows.elementBytes());
        for (int part = 0; part < layout.parts(); part++) {
            int from = Math.toIntExact(layout.from(part));
            int to = from + layout.count(part);
            FeaturePart piece = new FeaturePart(
                    set.header(),
                    moment,
                    part,
                    layout.parts(),
                    Arrays.copyOfRange(set.labels(), from, to),
                    set.predictions().length == 0 ? new int[0] : Arrays.copyOfRange(set.predictions(), from, to),
                    rows,
                    set.signals(),
                    from);
            long bytes = (long) layout.count(part) * set.rowValues() * rows.elementBytes();
            if (reserve(bytes)) {
                queue.put(new SendQueue.Data(bytes, () -> records.features(piece)));
            } else {
                full(1);
            }
        }
    }

    /**
     * Begins a feature set whose rows come in pieces.
     *
     * <p>An open stream may hold room for one part. Who chose to wait for room keeps one stream open at a time: several
     * would wait for each other.
     *
     * @param rows how many there will be
     * @param signalColumns length of a row of back-propagated signals; 0: none are published
     */
    public FeatureStream stream(FeatureHeader header, Moment moment, long rows, int columns, int signalColumns) {
        int elementBytes = TensorCodec.elementBytes(options.featureType());
        requireRow(header.layer(), "features", ((long) columns + signalColumns) * elementBytes);
        return new FeatureStream(
                queue,
                floats,
                records::features,
                () -> full(1),
                header,
                moment,
                records.layout(rows, columns + signalColumns, elementBytes),
                columns,
                signalColumns,
                options.featureType());
    }

    /** Publishes the weights of one layer, all of them or, when the queue has no room, none. */
    public void weights(WeightSet set, Moment moment) {
        Rows weights = set.weights();
        weights(
                reserveWeights(set.layer(), weights.count(), weights.columns(), weights.elementBytes()),
                set,
                moment,
                () -> {});
    }

    /** Arrays to copy into what is published, and to give back when it has been read. */
    ArrayPool<float[]> floats() {
        return floats;
    }

    /** Asks for room for weights, before they are copied. */
    Reservation reserveWeights(Layer layer, long rows, int columns, int elementBytes) {
        requireRow(layer, "weights", (long) columns * elementBytes);
        long bytes = rows * columns * elementBytes;
        if (reserve(bytes)) {
            return new Reservation.Granted(bytes);
        }
        int perChunk = RecordFactory.rowsPerChunk(columns, elementBytes);
        full((rows + perChunk - 1) / perChunk);
        return new Reservation.Refused();
    }

    /**
     * Publishes weights for which room was granted; no effect otherwise.
     *
     * @param afterwards runs when they have been read for the last time; not when they were given up
     */
    void weights(Reservation reservation, WeightSet set, Moment moment, Runnable afterwards) {
        if (!(reservation instanceof Reservation.Granted)) {
            return;
        }
        Rows weights = set.weights();
        int perChunk = RecordFactory.rowsPerChunk(weights.columns(), weights.elementBytes());
        for (long from = 0; from < weights.count(); from += perChunk) {
            long first = from;
            boolean last = from + perChunk >= weights.count();
            long bytes = Math.min(perChunk, weights.count() - from) * weights.columns() * weights.elementBytes();
            queue.put(new SendQueue.Data(bytes, () -> {
                ProducerRecord<byte[], byte[]> record = records.weights(set, moment, first);
                if (last) {
                    afterwards.run();
                }
                return record;
            }));
        }
    }

    /** Publishes where the run stands, as a heartbeat with the measures. */
    public void progress(double epoch, long step, Measures measures) {
        latest = new Status(epoch, step, measures);
        say(ProgressEvent.HEARTBEAT, "");
    }

    /** Says where the run stands; the next heartbeat carries it. */
    public void update(double epoch, long step) {
        latest = new Status(epoch, step, Measures.NONE);
    }

    /**
     * Publishes the logits of a probe set around one update (arXiv 1910.06943).
     *
     * @param step updates made before that one
     */
    public void elasticity(double epoch, long step, ElasticityProbe probe) {
        Progress progress = standing(new Status(epoch, step, Measures.NONE), ProgressEvent.HEARTBEAT, "")
                .setElasticityProbe(probe)
                .build();
        queue.put(new SendQueue.Word(() -> sender.send(records.progress(progress))));
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
        return sender.dropped();
    }

    /** Bytes that wait for the broker now. */
    public long queuedBytes() {
        return queue.reserved();
    }

    /**
     * Waits for what is on its way, at most {@link #CLOSE_TIMEOUT}. When the time gets short, waiting data is given up and
     * counted, so that the end of the run is said in any case.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        long deadline = System.nanoTime() + closeTimeout.toNanos();
        Duration lastWords =
                closeTimeout.compareTo(LAST_WORDS.multipliedBy(2)) < 0 ? closeTimeout.dividedBy(2) : LAST_WORDS;
        queue.close();
        boolean drained = awaitWorker(deadline - lastWords.toNanos());
        if (!drained) {
            sender.lost(queue.abandon(), "the broker was too slow to take what waited when the run was closed");
            worker.interrupt(); // out of a send that blocks; what is still queued are words
            awaitWorker(deadline);
        }
        heart.shutdownNow();
        sender.close(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        if (dropped() > 0) {
            log.warn("run {}: {} records did not reach the broker", descriptor.getRun(), dropped());
        }
    }

    private boolean awaitWorker(long deadline) {
        boolean interrupted = false;
        while (worker.isAlive()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                break;
            }
            try {
                TimeUnit.NANOSECONDS.timedJoin(worker, left);
            } catch (InterruptedException e) {
                interrupted = true; // the run's end is worth the bounded wait
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !worker.isAlive();
    }

    private void work() {
        for (Optional<SendQueue.Entry> next = queue.take(); next.isPresent(); next = queue.take()) {
            SendQueue.Entry entry = next.get();
            try {
                if (entry instanceof SendQueue.Data data) {
                    ProducerRecord<byte[], byte[]> record = data.record().get();
                    sender.send(record);
                    values.give(record.value()); // the producer has copied them
                } else if (entry instanceof SendQueue.Word word) {
                    word.send().run();
                }
            } catch (RuntimeException | OutOfMemoryError e) { // the end of the run must still be said
                sender.lost(1, e.toString());
                log.debug("run {}: a record could not be made", descriptor.getRun(), e);
            } finally {
                if (entry instanceof SendQueue.Data data) {
                    queue.release(data.bytes());
                }
                // close() interrupts the send that blocks, not the words that come after it.
                boolean unused = Thread.interrupted();
            }
        }
    }

    private boolean reserve(long bytes) {
        boolean givenUp = options.whenFull() == WhenFull.WAIT && dropped() > 0;
        return !givenUp && queue.reserve(bytes);
    }

    private void full(long recordCount) {
        sender.lost(recordCount, "the queue of " + options.queueBytes() + " bytes is full");
    }

    private void say(ProgressEvent event, String reason) {
        Status status = latest;
        queue.put(new SendQueue.Word(() -> {
            synchronized (words) {
                if (!lastWordSaid) {
                    lastWordSaid = event == ProgressEvent.FINISHED || event == ProgressEvent.FAILED;
                    sender.send(records.progress(standing(status, event, reason).build()));
                }
            }
        }));
    }

    private synchronized void end(ProgressEvent event, String reason) {
        if (!ended) {
            ended = true;
            say(event, reason);
        }
    }

    /** Not through the queue: a long queue must not make a live run look silent. */
    private void heartbeat() {
        synchronized (words) {
            if (!lastWordSaid) {
                sender.send(records.progress(
                        standing(latest, ProgressEvent.HEARTBEAT, "").build()));
            }
        }
    }

    private Progress.Builder standing(Status status, ProgressEvent event, String reason) {
        Progress.Builder progress = Progress.newBuilder()
                .setRun(descriptor.getRun())
                .setAttempt(descriptor.getAttempt())
                .setEvent(event)
                .setStep(status.step)
                .setEpoch(status.epoch)
                .setReason(reason)
                .setBatchesDropped(dropped());
        status.measures.writeTo(progress);
        return progress;
    }

    /** Rows are not divided: one that no record takes would be refused by the broker, every time. */
    private void requireRow(Layer layer, String what, long bytes) {
        if (bytes > Topic.MAX_RECORD_BYTES) {
            throw new UserException("run " + descriptor.getRun() + ", layer " + layer.getName() + ": one row of " + what
                    + " takes " + bytes + " bytes, but a record at most " + Topic.MAX_RECORD_BYTES
                    + "; leave the layer out, or publish features as float16");
        }
    }

    private static void requireNames(RunDescriptor descriptor) {
        try {
            Descriptors.require(descriptor);
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
