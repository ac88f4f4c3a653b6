package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a {@link MultiLayerNetwork} of DL4J while it trains. One line makes a network monitored:
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
 * <p>FINISHED is published after the last epoch. A run that ends before it, by an exception or Ctrl-C, is published as
 * FAILED when the listener is closed, at the latest when the JVM shuts down. A lost broker costs records, not the
 * training; see {@link RunPublisher}.
 */
public final class CollapsePublisher extends BaseTrainingListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CollapsePublisher.class);

    private final Builder settings;
    private final Connection connection;
    private final Thread shutdownHook;
    private RunPublisher publisher;
    private NetworkInspector inspector;
    private LossKind lossKind;
    private Progress latest = new Progress(0, 0);
    private volatile boolean over;

    private CollapsePublisher(Builder settings, Connection connection) {
        this.settings = settings;
        this.connection = connection;
        this.shutdownHook = new Thread(
                () -> fail("the process ended after epoch " + latest.epoch + " of " + settings.epochs),
                "collapse-shutdown-" + settings.run);
    }

    /**
     * A listener for one run.
     *
     * @param bootstrap of the Kafka cluster, {@code host:port,…}
     * @param run name of the run; a run of the same name is continued by a new attempt
     * @param epochs how many epochs {@code fit} will train
     */
    public static Builder builder(String bootstrap, String run, int epochs) {
        return new Builder(Broker.at(bootstrap), run, epochs);
    }

    /** As {@link #builder(String, String, int)}, with settings of the Kafka clients. */
    public static Builder builder(Broker broker, String run, int epochs) {
        return new Builder(broker, run, epochs);
    }

    @Override
    public void onEpochStart(Model model) {
        if (over) {
            return;
        }
        if (publisher == null) {
            MultiLayerNetwork network = network(model);
            start(network);
            snapshot(network, network.getEpochCount());
        }
    }

    @Override
    public void onEpochEnd(Model model) {
        if (over) {
            return;
        }
        MultiLayerNetwork network = network(model);
        // DL4J counts the epoch after it told its listeners.
        int completed = network.getEpochCount() + 1;
        latest = new Progress(completed, network.getIterationCount());
        if (settings.snapshots.due(completed, settings.epochs)) {
            snapshot(network, completed);
        } else {
            publisher.update(completed, network.getIterationCount());
        }
        if (completed >= settings.epochs) {
            finished();
        }
    }

    /** Publishes FINISHED and closes: for training that stops before the promised number of epochs on purpose. */
    public void finished() {
        end(() -> publisher.finished());
    }

    /** Publishes FAILED with the reason and closes. No effect once the run is over. */
    public void failed(Throwable cause) {
        String message = cause.getMessage() == null ? "" : ": " + cause.getMessage();
        fail(cause.getClass().getSimpleName() + message);
    }

    /** Records that did not reach the broker so far. */
    public long dropped() {
        return publisher == null ? 0 : publisher.dropped();
    }

    /** Ends the run as FAILED unless it is over, and waits for what is on its way, within a bound. */
    @Override
    public void close() {
        fail("training stopped after epoch " + latest.epoch + " of " + settings.epochs);
    }

    private void fail(String reason) {
        end(() -> publisher.failed(reason));
    }

    private synchronized void end(Runnable lastWord) {
        if (over) {
            return;
        }
        over = true;
        if (publisher == null) {
            return; // never began: nobody waits for an end
        }
        lastWord.run();
        publisher.close();
        if (Thread.currentThread() != shutdownHook) {
            try {
                Runtime.getRuntime().removeShutdownHook(shutdownHook);
            } catch (IllegalStateException e) {
                log.debug("the JVM is shutting down already", e);
            }
        }
    }

    private void start(MultiLayerNetwork network) {
        INDArray sample =
                settings.train.inputs().get(NDArrayIndex.interval(0, 1)).dup('c');
        inspector = new NetworkInspector(network, network.feedForward(sample, false));
        RunDescriptor descriptor = describe();
        lossKind = descriptor.getLoss().getKind();
        publisher = connection.open(descriptor);
        Runtime.getRuntime().addShutdownHook(shutdownHook);
        publisher.start();
    }

    private RunDescriptor describe() {
        RunDescriptor.Builder descriptor = RunDescriptor.newBuilder()
                .setRun(settings.run)
                .setExperiment(settings.experiment)
                .setAttempt(connection.attempt())
                .setFramework("DeepLearning4J")
                .setDataset(settings.dataset)
                .setClasses(settings.train.classes())
                .setLoss(inspector.loss())
                .setOptimizer(OptimizerInspector.optimizer(inspector.updater()))
                .setSchedule(OptimizerInspector.schedule(inspector.updater()))
                .setWeightDecay(inspector.weightDecay())
                .setTotalSteps(settings.stepsPerEpoch * settings.epochs)
                .setStepsPerEpoch(settings.stepsPerEpoch)
                .setTotalEpochs(settings.epochs)
                .setHeartbeatIntervalMs(settings.heartbeat.toMillis())
                .putAllHyperparameters(settings.hyperparameters);
        for (long count : settings.train.classCounts()) {
            descriptor.addClassCounts(count);
        }
        inspector.layers().forEach(layer -> descriptor.addLayers(layer.layer()));
        return descriptor.build();
    }

    private void snapshot(MultiLayerNetwork network, int completed) {
        Moment moment = new Moment(connection.attempt(), completed, network.getIterationCount());
        SnapshotPass train = publishFeatures(network, settings.train, Split.TRAIN, moment);
        if (settings.test != null) {
            publishFeatures(network, settings.test, Split.TEST, moment);
        }
        for (WeightLayer layer : inspector.layers()) {
            publisher.weights(weights(network, layer), moment);
        }
        Double rate = network.getLearningRate(
                inspector.layers().get(inspector.layers().size() - 1).position());
        publisher.progress(
                moment.epoch(),
                moment.step(),
                Measures.of(train.loss(), train.accuracy(), rate == null ? Double.NaN : rate));
        settings.observer.observe(completed, moment.step(), train.loss(), train.accuracy());
    }

    private SnapshotPass publishFeatures(
            MultiLayerNetwork network, SnapshotSamples samples, Split split, Moment moment) {
        SnapshotPass pass = SnapshotPass.over(network, inspector.layers(), samples, lossKind);
        for (int i = 0; i < inspector.layers().size(); i++) {
            WeightLayer layer = inspector.layers().get(i);
            Rows features = Rows.of(pass.inputs().get(i), (int) layer.layer().getFeatureDim());
            publisher.features(
                    new FeatureSet(
                            layer.layer(),
                            split,
                            samples.classes(),
                            features,
                            samples.labels(),
                            pass.predictions(),
                            true),
                    moment);
        }
        return pass;
    }

    private WeightSet weights(MultiLayerNetwork network, WeightLayer layer) {
        org.deeplearning4j.nn.api.Layer source = network.getLayer(layer.position());
        INDArray stored = source.getParam(DefaultParamInitializer.WEIGHT_KEY);
        INDArray outByIn = stored.rank() == 2 ? stored.transpose() : stored;
        INDArray bias = source.paramTable().get(DefaultParamInitializer.BIAS_KEY);
        return new WeightSet(
                layer.layer(),
                Rows.of(NdArrays.floats(outByIn), (int) layer.layer().getWeightDims(1)),
                bias == null
                        ? new WeightSet.NoBias()
                        : new WeightSet.BiasRow(Rows.of(NdArrays.floats(bias), (int) bias.length())),
                layer.decay(),
                lossKind,
                true,
                settings.train.classes());
    }

    private static MultiLayerNetwork network(Model model) {
        if (model instanceof MultiLayerNetwork network) {
            return network;
        }
        throw new UserException("CollapsePublisher takes a MultiLayerNetwork, not a "
                + model.getClass().getSimpleName());
    }

    private record Progress(int epoch, long step) {}

    /** Hears of every snapshot, for instance to print a line. */
    @FunctionalInterface
    public interface Observer {
        /** A snapshot was handed over. */
        void observe(int epoch, long step, double loss, double accuracy);
    }

    /** How a run reaches a broker; tests bring their own. */
    interface Connection {
        int attempt();

        RunPublisher open(RunDescriptor descriptor);
    }

    /** Settings of a listener; only the training data has no default. */
    public static final class Builder {
        private static final int DEFAULT_SAMPLES = 2_000;
        private static final long SUBSET_SEED = 20_261_120;

        private final Broker broker;
        private final String run;
        private final int epochs;
        private final Map<String, String> hyperparameters = new TreeMap<>();
        private String experiment = "";
        private String dataset = "";
        private SnapshotEpochs snapshots = new SnapshotEpochs.Geometric(15);
        private SnapshotSamples train;
        private SnapshotSamples test;
        private Duration heartbeat = Duration.ofSeconds(10);
        private long stepsPerEpoch;
        private Observer observer = (epoch, step, loss, accuracy) -> {};

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
            this.train = samples;
            return this;
        }

        /** Samples of the test set, published with split TEST. Default: none. */
        public Builder testData(SnapshotSamples samples) {
            this.test = samples;
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

        /** After which epochs to take snapshots. Default: 15 in geometric progression. */
        public Builder snapshots(SnapshotEpochs epochs) {
            this.snapshots = epochs;
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
        public Builder observer(Observer observer) {
            this.observer = observer;
            return this;
        }

        /**
         * Connects to the broker.
         *
         * @throws UserException when it does not answer or lacks the topics
         */
        public CollapsePublisher build() {
            RunPublisher.requireNames(run, experiment);
            broker.check();
            int attempt = broker.descriptor(run)
                    .map(previous -> previous.getAttempt() + 1)
                    .orElse(1);
            return build(new Connection() {
                @Override
                public int attempt() {
                    return attempt;
                }

                @Override
                public RunPublisher open(RunDescriptor descriptor) {
                    return new RunPublisher(broker.producer(), descriptor, Integer.MAX_VALUE);
                }
            });
        }

        CollapsePublisher build(Connection connection) {
            if (train == null) {
                throw new IllegalStateException("run " + run + ": call trainingData(…) before build()");
            }
            return new CollapsePublisher(this, connection);
        }
    }
}
