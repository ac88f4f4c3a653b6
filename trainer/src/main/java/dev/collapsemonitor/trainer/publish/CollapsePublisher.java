package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.trainer.publish.PublisherOptions.WhenFull;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a network of DL4J while it trains, a {@link MultiLayerNetwork} or a {@link ComputationGraph}. One line makes a
 * network monitored:
 *
 * <pre>{@code
 * model.setListeners(CollapsePublisher.builder("localhost:9092", "my-run", 50).trainingData(dataSet).build());
 * model.fit(iterator, 50);
 * }</pre>
 *
 * <p>At the end of chosen epochs it publishes an exact snapshot: in evaluation mode and at frozen weights, the input of
 * every dense or convolution layer for a class-balanced subset of the training data, the weights, the biases, the
 * predictions, and loss, accuracy and learning rate. The first snapshot is of the initial weights. What the records say
 * about network, optimizer and weight decay is read from the network's configuration.
 *
 * <p>With {@link Builder#rolling} it also publishes mini-batches as the training makes them. Labels do not reach DL4J's
 * hooks, so the network is then trained on {@link #watch(DataSetIterator) watched} batches:
 *
 * <pre>{@code
 * CollapsePublisher publisher = CollapsePublisher.builder("localhost:9092", "my-run", 50).trainingData(dataSet).rolling(10).build();
 * model.setListeners(publisher);
 * model.fit(publisher.watch(iterator), 50);
 * }</pre>
 *
 * <p>The evaluation pass of a snapshot runs on the thread of the training; encoding and sending never do, and the training
 * never waits for the broker: see {@link RunPublisher}.
 *
 * <p>FINISHED is published after the last epoch. A run that ends before it, by an exception or Ctrl-C, is published as
 * FAILED when the publisher is closed, at the latest when the JVM shuts down.
 */
public final class CollapsePublisher extends BaseTrainingListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CollapsePublisher.class);

    private final Builder settings;
    private final Connection connection;
    private final Thread shutdownHook;
    private final LabelMemory labels = new LabelMemory();
    private ObservedRun observed; // null until the first epoch starts
    private Model trained; // what is observed
    private volatile Standing latest = new Standing(0, 0);
    private volatile RunPublisher publisher; // as observed; closed by the shutdown hook
    private volatile boolean over;

    private CollapsePublisher(Builder settings, Connection connection) {
        this.settings = settings;
        this.connection = connection;
        this.shutdownHook = new Thread(
                () -> fail("the process ended after epoch " + latest.epoch + " of " + settings.epochs),
                "collapse-shutdown-" + settings.run);
    }

    /**
     * A publisher for one run.
     *
     * @param bootstrap of the Kafka cluster, {@code host:port,…}
     * @param run name of the run; a run of the same name is continued by a new attempt
     * @param epochs how many epochs the network will have been trained in all; a network that was trained before, such as
     *     one restored from a file, goes on from the epoch it has reached
     */
    public static Builder builder(String bootstrap, String run, int epochs) {
        return new Builder(Broker.at(bootstrap), run, epochs);
    }

    /** As {@link #builder(String, String, int)}, with settings of the Kafka clients. */
    public static Builder builder(Broker broker, String run, int epochs) {
        return new Builder(broker, run, epochs);
    }

    /**
     * Batches whose labels are remembered, which rolling capture needs. Train on the iterator that this returns; it is never
     * prefetched by DL4J.
     */
    public DataSetIterator watch(DataSetIterator iterator) {
        return new WatchedBatches(iterator, labels);
    }

    /**
     * Remembers the labels of a batch that is trained on next, for code that calls {@code fit} batch by batch. They are read
     * when the batch is published, so they must not change before it was trained on.
     */
    public DataSet watch(DataSet batch) {
        labels.remember(batch);
        return batch;
    }

    @Override
    public void onEpochStart(Model model) {
        if (over) {
            return;
        }
        if (observed == null) {
            ObservedNetwork network = ObservedNetwork.of(model);
            start(network);
            trained = model;
            snapshot(network.epochs());
        }
        observed.epochStarts();
    }

    @Override
    public void onForwardPass(Model model, List<INDArray> activations) {
        forwardPass(model, activations);
    }

    @Override
    public void onForwardPass(Model model, Map<String, INDArray> activations) {
        forwardPass(model, activations);
    }

    private void forwardPass(Model model, Object activations) {
        // DL4J gives copies of a network, such as that of elasticity, the listeners of the original.
        if (!over && observed != null && model == trained) {
            observed.forwardPass(activations, labels);
        }
    }

    @Override
    public void onEpochEnd(Model model) {
        if (over || observed == null) {
            return;
        }
        // DL4J counts the epoch after it told its listeners.
        int completed = observed.network().epochs() + 1;
        int steps = observed.network().steps();
        latest = new Standing(completed, steps);
        if (settings.snapshots.due(completed, settings.epochs)) {
            snapshot(completed);
        } else {
            publisher.update(completed, steps);
        }
        if (completed >= settings.epochs) {
            finished();
        }
    }

    /**
     * Measures local elasticity (arXiv 1910.06943) around one update: publishes the logits of the batch and of the probe set
     * just before and just after it. Call it between two steps of the training.
     *
     * @param batch samples of one class
     * @param update makes one update on that batch, such as {@code () -> network.fit(batch)}
     */
    public void elasticity(DataSet batch, Runnable update) {
        ObservedRun run = requireStarted();
        if (!over) {
            labels.remember(batch);
            run.elasticity(run.network(), batch, update);
        }
    }

    /**
     * As {@link #elasticity(DataSet, Runnable)}, with the update made on a copy of the network: the training goes on as if
     * nothing had been measured. The copy's optimizer starts without momentum, so that what moves is the batch's doing.
     */
    public void elasticity(DataSet batch) {
        ObservedRun run = requireStarted();
        if (over) {
            return;
        }
        Model copy = run.network().copy();
        try {
            run.elasticity(ObservedNetwork.of(copy), batch, () -> {
                if (copy instanceof ComputationGraph graph) {
                    graph.fit(batch);
                } else {
                    ((MultiLayerNetwork) copy).fit(batch);
                }
            });
        } finally {
            copy.close();
        }
    }

    private ObservedRun requireStarted() {
        if (observed == null) {
            throw new UserException("run " + settings.run
                    + ": elasticity can be measured once the first epoch has begun; call it from there on");
        }
        return observed;
    }

    /** Publishes FINISHED and closes: for training that stops before the promised number of epochs on purpose. */
    public void finished() {
        end(RunPublisher::finished);
    }

    /** Publishes FAILED with the reason and closes. No effect once the run is over. */
    public void failed(Throwable cause) {
        String message = cause.getMessage() == null ? "" : ": " + cause.getMessage();
        fail(cause.getClass().getSimpleName() + message);
    }

    /** Records that did not reach the broker so far. */
    public long dropped() {
        RunPublisher current = publisher;
        return current == null ? 0 : current.dropped();
    }

    /** Ends the run as FAILED unless it is over, and waits for what is on its way, within a bound. */
    @Override
    public void close() {
        fail("training stopped after epoch " + latest.epoch + " of " + settings.epochs);
    }

    private void fail(String reason) {
        end(open -> open.failed(reason));
    }

    private synchronized void end(Consumer<RunPublisher> lastWord) {
        if (over) {
            return;
        }
        over = true;
        if (publisher == null) {
            return; // never began: nobody waits for an end
        }
        lastWord.accept(publisher);
        publisher.close();
        if (Thread.currentThread() != shutdownHook) {
            try {
                Runtime.getRuntime().removeShutdownHook(shutdownHook);
            } catch (IllegalStateException e) {
                log.debug("the JVM is shutting down already", e);
            }
        }
    }

    private void start(ObservedNetwork network) {
        if (network.epochs() >= settings.epochs) {
            throw new UserException("run " + settings.run + ": the network has been trained " + network.epochs()
                    + " epochs already, of " + settings.epochs + " in all; give a larger number of epochs");
        }
        if (settings.rollingEvery > 0 && !labels.isWatching()) {
            throw new UserException("run " + settings.run + ": rolling capture needs the labels of the mini-batches;"
                    + " train on publisher.watch(iterator)");
        }
        ObservedRun run = ObservedRun.of(network, settings, connection.attempt());
        publisher = connection.open(run.descriptor(), run.options());
        Runtime.getRuntime().addShutdownHook(shutdownHook);
        publisher.start();
        run.publishTo(publisher);
        observed = run;
        latest = new Standing(network.epochs(), network.steps());
    }

    private void snapshot(int completed) {
        SampleScore score = observed.snapshot(completed);
        settings.observer.observe(completed, observed.network().steps(), score.loss(), score.accuracy());
    }

    private record Standing(int epoch, long step) {}

    /** Hears of every snapshot, for instance to print a line. */
    @FunctionalInterface
    public interface Observer {
        /** A snapshot was handed over. */
        void observe(int epoch, long step, double loss, double accuracy);
    }

    /** How a run reaches a broker; tests bring their own. */
    interface Connection {
        int attempt();

        RunPublisher open(RunDescriptor descriptor, PublisherOptions options);
    }

    /** Settings of a publisher; only the training data has no default. */
    public static final class Builder {
        private static final int DEFAULT_SAMPLES = 2_000;
        // Weights are most of what a small network publishes, and change little in ten captures.
        private static final int DEFAULT_WEIGHTS_EVERY = 10;
        private static final long SUBSET_SEED = 20_261_120;

        private final Map<String, String> kafka = new TreeMap<>();
        private final Broker broker;
        private OptionalInt attempt = OptionalInt.empty();
        private Observer observer = (epoch, step, loss, accuracy) -> {};

        final String run;
        final int epochs;
        final Map<String, String> hyperparameters = new TreeMap<>();
        String experiment = "";
        String dataset = "";
        SnapshotEpochs snapshots = new SnapshotEpochs.Geometric(15);
        Predicate<String> chosenLayers = name -> true;
        Set<String> namedLayers = Set.of();
        Optional<SnapshotSamples> train = Optional.empty();
        Optional<SnapshotSamples> test = Optional.empty();
        Optional<SnapshotSamples> probes = Optional.empty();
        Duration heartbeat = Duration.ofSeconds(10);
        long stepsPerEpoch;
        int rollingEvery; // 0: no rolling capture
        int rollingWeightsEvery = DEFAULT_WEIGHTS_EVERY;
        boolean signals;
        int rowLimit = Integer.MAX_VALUE;
        DataType featureType = DataType.FLOAT;
        OptionalLong queueBytes = OptionalLong.empty();

        private Builder(Broker broker, String run, int epochs) {
            if (epochs < 1) {
                throw new UserException("run " + run + ": " + epochs + " epochs; give 1 or more");
            }
            this.broker = broker;
            this.run = run;
            this.epochs = epochs;
        }

        /** The training data, one-hot labels; snapshots see a class-balanced subset of 2,000. */
        public Builder trainingData(DataSet data) {
            return trainingData(SnapshotSamples.of(data, DEFAULT_SAMPLES, SUBSET_SEED));
        }

        /** The samples of the training set that snapshots see. */
        public Builder trainingData(SnapshotSamples samples) {
            this.train = Optional.of(samples);
            return this;
        }

        /** Samples of the test set, published with split TEST. Default: none. */
        public Builder testData(SnapshotSamples samples) {
            this.test = Optional.of(samples);
            return this;
        }

        /** Groups runs. Default: none. */
        public Builder experiment(String name) {
            this.experiment = name;
            return this;
        }

        /** Name of the data set, for display. */
        public Builder dataset(String name) {
            this.dataset = name;
            return this;
        }

        /** The layers to publish, by name. Default: all dense and convolution layers. */
        public Builder layers(String... names) {
            this.namedLayers = Set.of(names);
            this.chosenLayers = namedLayers::contains;
            return this;
        }

        /** The layers to publish, by a condition on their names. */
        public Builder layers(Predicate<String> chosen) {
            this.namedLayers = Set.of();
            this.chosenLayers = chosen;
            return this;
        }

        /** After which epochs to take snapshots. Default: 15 in geometric progression. */
        public Builder snapshots(SnapshotEpochs chosen) {
            this.snapshots = chosen;
            return this;
        }

        /** Publishes the mini-batch of every n-th step, too; needs {@link #watch(DataSetIterator)}. Default: none. */
        public Builder rolling(int everySteps) {
            if (everySteps < 1) {
                throw new UserException(
                        "a rolling capture every " + everySteps + " steps is impossible; give 1 or more");
            }
            this.rollingEvery = everySteps;
            return this;
        }

        /** Publishes the weights with every m-th rolling capture only; what is computed says how old they are. Default: 10. */
        public Builder rollingWeightsEvery(int captures) {
            if (captures < 1) {
                throw new UserException("weights with every " + captures + "th capture is impossible; give 1 or more");
            }
            this.rollingWeightsEvery = captures;
            return this;
        }

        /** Publishes the back-propagated signals of dense layers in training snapshots, for the low-rank bound. */
        public Builder signals(boolean wanted) {
            this.signals = wanted;
            return this;
        }

        /** The fixed samples whose logits {@link #elasticity(DataSet)} publishes; a few per class suffice. */
        public Builder elasticity(SnapshotSamples samples) {
            this.probes = Optional.of(samples);
            return this;
        }

        /** Most rows of features in one record. Default: as many as fit. */
        public Builder rowsPerRecord(int rows) {
            this.rowLimit = rows;
            return this;
        }

        /** Type of the features on the wire: FLOAT, FLOAT16 or BFLOAT16, rounded to nearest even. Default: FLOAT. */
        public Builder featureType(DataType type) {
            this.featureType = type;
            return this;
        }

        /** Most bytes that wait for the broker. Default: 256 MB, or one snapshot up to a quarter of the heap. */
        public Builder queueBytes(long bytes) {
            this.queueBytes = OptionalLong.of(bytes);
            return this;
        }

        /** A setting of the Kafka clients in Kafka's name for it, such as {@code compression.type}. */
        public Builder kafka(String name, String value) {
            this.kafka.put(name, value);
            return this;
        }

        /** The number of this attempt. Default: one more than the newest that the cluster knows. */
        public Builder attempt(int number) {
            if (number < 1) {
                throw new UserException("attempt " + number + " is impossible; attempts count from 1");
            }
            this.attempt = OptionalInt.of(number);
            return this;
        }

        /** Promises a sign of life in every such interval. Default: 10 s. */
        public Builder heartbeat(Duration interval) {
            this.heartbeat = interval;
            return this;
        }

        /** Steps of one epoch, which the forecast of NC0 needs. Default: not said. */
        public Builder stepsPerEpoch(long steps) {
            this.stepsPerEpoch = steps;
            return this;
        }

        /** A free hyper-parameter, for display and search. */
        public Builder hyperparameter(String name, String value) {
            this.hyperparameters.put(name, value);
            return this;
        }

        /** Who hears of snapshots. */
        public Builder observer(Observer listener) {
            this.observer = listener;
            return this;
        }

        /** How records are cut, rounded and queued, as far as it is chosen. */
        PublisherOptions options() {
            return new PublisherOptions(
                    rowLimit, featureType, queueBytes.orElse(PublisherOptions.DEFAULT.queueBytes()), WhenFull.DROP);
        }

        /**
         * Connects to the broker.
         *
         * @throws UserException when it does not answer or lacks the topics
         */
        public CollapsePublisher build() {
            RunPublisher.requireNames(run, experiment);
            Broker cluster = broker.with(kafka);
            cluster.check();
            int number = attempt.orElseGet(() -> cluster.descriptor(run)
                    .map(previous -> previous.getAttempt() + 1)
                    .orElse(1));
            return build(new Connection() {
                @Override
                public int attempt() {
                    return number;
                }

                @Override
                public RunPublisher open(RunDescriptor descriptor, PublisherOptions options) {
                    return new RunPublisher(cluster.producer(), descriptor, options);
                }
            });
        }

        CollapsePublisher build(Connection connection) {
            if (train.isEmpty()) {
                throw new UserException("run " + run + ": call trainingData(…) before build()");
            }
            options(); // refuses what is impossible now, not in the middle of a run
            return new CollapsePublisher(this, connection);
        }
    }
}
