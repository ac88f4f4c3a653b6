package dev.collapsemonitor.trainer.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.Mlp;
import dev.collapsemonitor.trainer.model.ShuffledBatches;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import dev.collapsemonitor.trainer.publish.CollapsePublisher;
import dev.collapsemonitor.trainer.publish.SnapshotEpochs;
import dev.collapsemonitor.trainer.publish.SnapshotSamples;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What publishing costs a training: the publishing part of {@code bench}, in a process of its own.
 *
 * <p>One network trains in turns of some steps, with its publisher and without it; two networks would differ by where their
 * arrays lie. It publishes features of all layers at every tenth step and weights at every hundredth; then the broker is killed
 * and it goes on.
 */
@Command(
        name = "measure-overhead",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = "Measures the time of training steps with and without publishing; a part of bench.")
public final class MeasureOverheadCommand implements Callable<Integer> {
    private static final int INPUTS = 784;
    private static final int CLASSES = 10;
    private static final int BATCH = 128;
    private static final int CAPTURE_EVERY = 10;
    private static final int STEPS_PER_TURN = 10;
    // Half a minute: what broker and training compile in theirs would pass for the cost of publishing.
    private static final int WARM_UP_TURNS = 160;
    // So little that everything is full, and captures are refused, for most of the time without a broker.
    private static final int WAITING_BYTES = 16 << 20;
    private static final long NANOS_PER_MILLI = 1_000_000;

    @Spec
    CommandSpec spec;

    @Option(names = "--bootstrap", required = true, paramLabel = "HOST:PORT", description = "The Kafka cluster.")
    String bootstrap;

    @Option(
            names = "--broker-pid",
            required = true,
            description = "Process to kill when it has been measured with one.")
    long brokerPid;

    @Option(
            names = "--turns",
            defaultValue = "300",
            description = "Turns of each kind with a broker; a third of it without.")
    int turns;

    @Option(names = "--output", required = true, paramLabel = "FILE", description = "Where the figures go, as JSON.")
    Path output;

    @Override
    public Integer call() throws IOException {
        if (turns < 3) {
            throw new UserException(
                    "--turns is " + turns + ": a third of them is taken without a broker; use 3 at least");
        }
        PrintWriter progress = spec.commandLine().getErr();
        Samples samples = randomSamples();
        MultiLayerNetwork network = network(samples);
        ShuffledBatches batches = new ShuffledBatches(samples, BATCH, 1);
        ObjectNode figures = new ObjectMapper().createObjectNode();
        CollapsePublisher publisher = CollapsePublisher.builder(bootstrap, "bench-overhead", 1)
                .trainingData(SnapshotSamples.of(samples, 100, 1))
                .snapshots(new SnapshotEpochs.Every(1))
                .rolling(CAPTURE_EVERY)
                .queueBytes(WAITING_BYTES)
                .kafka(ProducerConfig.BUFFER_MEMORY_CONFIG, Integer.toString(WAITING_BYTES))
                .build();
        try (publisher) {
            HookTimer timer = new HookTimer(publisher);
            publisher.watch(batches.next()); // promises the labels of all batches to come
            publisher.onEpochStart(network);
            Publishing publishing = new Publishing(publisher, timer);
            measure("warm-up", WARM_UP_TURNS, network, publishing, batches, progress);
            timer.reset();
            ProcessorTime processor = new ProcessorTime(brokerPid);
            Overhead with = measure("with a broker", turns, network, publishing, batches, progress);
            double captures = (double) turns * STEPS_PER_TURN / CAPTURE_EVERY;
            figures.put("publish_step_plain_ms", with.withoutMillis());
            figures.put("publish_step_ms", with.withMillis());
            figures.put("publish_step_overhead", with.ratio());
            figures.put("publish_hook_ms", timer.millisPerCapture());
            figures.put("publish_hook_cpu_ms", timer.cpuMillisPerCapture());
            figures.put("publish_background_cpu_ms", processor.backgroundMillis() / captures);
            processor.brokerMillis().ifPresent(millis -> figures.put("publish_broker_cpu_ms", millis / captures));
            figures.put("publish_dropped_with_broker", publisher.dropped());

            ProcessHandle.of(brokerPid).ifPresent(ProcessHandle::destroyForcibly);
            Overhead without = measure("with the broker killed", turns / 3, network, publishing, batches, progress);
            figures.put("publish_step_overhead_broker_killed", without.ratio());
            figures.put("publish_dropped_broker_killed", publisher.dropped());
        }
        Files.write(output, new ObjectMapper().writeValueAsBytes(figures));
        return 0;
    }

    private static Overhead measure(
            String what,
            int turns,
            MultiLayerNetwork network,
            Publishing publishing,
            ShuffledBatches batches,
            PrintWriter progress) {
        long[] plainNanos = new long[turns];
        long[] publishedNanos = new long[turns];
        for (int turn = 0; turn < turns; turn++) {
            // Who goes first is chance: collections and other things that come at intervals fall on both.
            boolean publishesFirst = ThreadLocalRandom.current().nextBoolean();
            for (int i = 0; i < 2; i++) {
                boolean published = publishesFirst == (i == 0);
                long nanos = published ? publishing.turn(network, batches) : turn(network, batches, batch -> batch);
                (published ? publishedNanos : plainNanos)[turn] = nanos;
            }
            if ((turn + 1) % 100 == 0) {
                progress.println(String.format(Locale.ROOT, "publishing, %s: %d of %d turns", what, turn + 1, turns));
                progress.flush();
            }
        }
        return new Overhead(plainNanos, publishedNanos, STEPS_PER_TURN);
    }

    private static long turn(MultiLayerNetwork network, ShuffledBatches batches, UnaryOperator<DataSet> seen) {
        long nanos = 0;
        for (int step = 0; step < STEPS_PER_TURN; step++) {
            if (!batches.hasNext()) {
                batches.reset();
            }
            DataSet batch = batches.next();
            long begin = System.nanoTime();
            network.fit(seen.apply(batch));
            nanos += System.nanoTime() - begin;
        }
        return nanos;
    }

    /** What a user adds to a training that publishes its mini-batches. Neither kind of turn fetches batches ahead. */
    private record Publishing(CollapsePublisher publisher, HookTimer timer) {
        long turn(MultiLayerNetwork network, ShuffledBatches batches) {
            network.setListeners(timer);
            long nanos = MeasureOverheadCommand.turn(network, batches, publisher::watch);
            network.setListeners();
            return nanos;
        }
    }

    private static MultiLayerNetwork network(Samples samples) {
        return new Mlp(List.of(512, 256, 128), BatchNorm.NONE)
                .build(
                        SampleShape.flat(samples.dimension()),
                        CLASSES,
                        new Training(TrainingLoss.CROSS_ENTROPY, new HeavyBall(0.01, 0.9), Decay.coupled(5e-4), 1));
    }

    private static Samples randomSamples() {
        Random random = new Random(1);
        int size = 40 * BATCH;
        float[] features = new float[size * INPUTS];
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            labels[i] = i % CLASSES;
            for (int j = 0; j < INPUTS; j++) {
                double mean = j % CLASSES == labels[i] ? 0.3 : 0;
                features[i * INPUTS + j] = (float) Math.max(0, mean + 0.3 * random.nextGaussian());
            }
        }
        return new Samples(features, labels, INPUTS, CLASSES);
    }

    /** Hands the hooks on to the publisher and takes their time. */
    private static final class HookTimer extends BaseTrainingListener {
        private final CollapsePublisher publisher;
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private long nanos;
        private long cpuNanos;
        private long steps;

        HookTimer(CollapsePublisher publisher) {
            this.publisher = publisher;
        }

        @Override
        public void onForwardPass(Model model, List<INDArray> activations) {
            long cpuBegin = threads.getCurrentThreadCpuTime();
            long begin = System.nanoTime();
            publisher.onForwardPass(model, activations);
            nanos += System.nanoTime() - begin;
            cpuNanos += threads.getCurrentThreadCpuTime() - cpuBegin;
            steps++;
        }

        void reset() {
            nanos = 0;
            cpuNanos = 0;
            steps = 0;
        }

        /** All the time in the hook, on the steps that publish. */
        double millisPerCapture() {
            return (double) nanos * CAPTURE_EVERY / steps / NANOS_PER_MILLI;
        }

        /** The same in time of the thread on a core: what a busy machine adds left out. */
        double cpuMillisPerCapture() {
            return (double) cpuNanos * CAPTURE_EVERY / steps / NANOS_PER_MILLI;
        }
    }
}
