package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.monitor.oracle.SlowElasticity;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.ElasticityProbe;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.Tensor;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.data.Strokes;
import dev.collapsemonitor.trainer.model.ShuffledBatches;
import dev.collapsemonitor.trainer.publish.CollapsePublisher;
import dev.collapsemonitor.trainer.publish.SnapshotEpochs;
import dev.collapsemonitor.trainer.publish.SnapshotSamples;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * A residual network publishes features, back-propagated signals and probes of elasticity to a live monitor: the certified
 * low-rank bound must hold on a network that really trains.
 */
class GraphPublisherIT {
    private static final String RUN = "residual";
    private static final int CLASSES = 4;
    private static final int EPOCHS = 4;
    private static final double DECAY = 1e-2;
    private static final List<String> LAYERS = List.of("first", "block", "classifier");

    @TempDir
    static Path directory;

    private static LiveMonitor live;

    @BeforeAll
    static void train() {
        live = LiveMonitor.start(directory);
        Samples samples = firstClasses(new Strokes(300, 20, 1).load().train());
        ComputationGraph graph = residual(samples.dimension());
        ShuffledBatches batches = new ShuffledBatches(samples, 20, 1);
        try (CollapsePublisher publisher = CollapsePublisher.builder(live.bootstrap(), RUN, EPOCHS)
                .trainingData(SnapshotSamples.of(samples, samples.size(), 1))
                .snapshots(new SnapshotEpochs.Every(1))
                .signals(true)
                .elasticity(SnapshotSamples.of(samples, 20, 2))
                .rowsPerRecord(50)
                .build()) {
            DataSet oneClass = ofClass(samples, 2);
            graph.setListeners(publisher, new BaseTrainingListener() {
                @Override
                public void onEpochStart(Model model) {
                    publisher.elasticity(oneClass);
                }
            });
            graph.fit(batches, EPOCHS);
            assertThat(publisher.dropped()).isZero();
        }
        LAYERS.forEach(layer -> live.awaitHistory(RUN, layer, EPOCHS + 1));
        await().atMost(LiveMonitor.PATIENCE)
                .until(() -> live.run(RUN).path("status").asText().equals("FINISHED"));
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    @Test
    void theLowRankBoundHoldsForEveryLayerAndSnapshot() throws Exception {
        PublishedArrays published = PublishedArrays.of(live, RUN);
        for (String layer : LAYERS) {
            for (JsonNode entry : live.history(RUN, layer)) {
                Map<String, Double> metrics = LiveMonitor.metrics(entry);
                long step = entry.path("step").asLong();
                String where = layer + " at step " + step;
                assertThat(metrics).as(where).containsKeys("low_rank_bound", "rank_k_distance");
                double bound = metrics.get("low_rank_bound");
                assertThat(bound).as(where).isGreaterThanOrEqualTo(metrics.get("rank_k_distance"));
                if (!layer.equals("classifier")) {
                    assertThat(metrics.get("rank_k_distance")).as(where).isPositive();
                }
                // The gradient's norm came from DL4J's side, the oracle makes it from the signals.
                assertThat(bound)
                        .as(where)
                        .isCloseTo(
                                published.lowRankBound(new PublishedArrays.Key(layer, step, Split.TRAIN)),
                                withinPercentage(1e-3));
            }
        }
    }

    @Test
    void theNewestProbeOfElasticityComesOutAsTheSlowComputationSays() throws Exception {
        ElasticityProbe probe = null;
        for (ConsumerRecord<byte[], byte[]> record : live.records(Topic.PROGRESS)) {
            Progress progress = Progress.parseFrom(record.value());
            probe = progress.hasElasticityProbe() ? progress.getElasticityProbe() : probe;
        }
        assertThat(probe).isNotNull();
        SlowElasticity expected = SlowElasticity.of(
                probe.getBatchClass(),
                rows(probe.getBatchBefore()),
                rows(probe.getBatchAfter()),
                probe.getProbeLabelsList().stream().mapToInt(Integer::intValue).toArray(),
                rows(probe.getProbeBefore()),
                rows(probe.getProbeAfter()));
        assertThat(expected.within()).isPositive();
        assertThat(expected.between()).isPositive();
        JsonNode elasticity = live.run(RUN).path("elasticity");
        assertThat(elasticity.path("local_elasticity_within").asDouble())
                .isCloseTo(expected.within(), withinPercentage(1e-9));
        assertThat(elasticity.path("local_elasticity_between").asDouble())
                .isCloseTo(expected.between(), withinPercentage(1e-9));
        assertThat(live.scrape().value("collapse_local_elasticity_within", Map.of("run", RUN, "experiment", "")))
                .isEqualTo(elasticity.path("local_elasticity_within").asDouble());
    }

    private static double[][] rows(Tensor tensor) {
        TensorView view = TensorView.of("logits", tensor);
        double[] values = view.toDoubles();
        double[][] rows = new double[view.rows()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Arrays.copyOfRange(values, i * view.columns(), (i + 1) * view.columns());
        }
        return rows;
    }

    private static ComputationGraph residual(int inputs) {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Nesterovs(0.02, 0.9))
                .graphBuilder()
                .addInputs("in")
                .addLayer("first", dense(inputs, 16, Activation.RELU), "in")
                .addLayer(
                        "norm",
                        new BatchNormalization.Builder().nIn(16).nOut(16).build(),
                        "first")
                .addLayer("block", dense(16, 16, Activation.RELU), "norm")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "norm", "block")
                .addLayer("classifier", dense(16, CLASSES, Activation.IDENTITY), "sum")
                .addLayer(
                        "loss",
                        new LossLayer.Builder(LossFunction.MCXENT)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "classifier")
                .setOutputs("loss")
                .build());
        graph.init();
        return graph;
    }

    private static DenseLayer dense(int in, int out, Activation activation) {
        DenseLayer layer = new DenseLayer.Builder()
                .nIn(in)
                .nOut(out)
                .activation(activation)
                .build();
        layer.setRegularization(List.of(new L2Regularization(DECAY)));
        layer.setRegularizationBias(List.of());
        return layer;
    }

    private static Samples firstClasses(Samples samples) {
        Samples few = samples.select(IntStream.range(0, samples.size())
                .filter(i -> samples.labels()[i] < CLASSES)
                .toArray());
        return new Samples(few.features(), few.labels(), few.dimension(), CLASSES);
    }

    private static DataSet ofClass(Samples samples, int label) {
        Samples chosen = samples.select(IntStream.range(0, samples.size())
                .filter(i -> samples.labels()[i] == label)
                .limit(8)
                .toArray());
        return new ShuffledBatches(chosen, 8, 1).next();
    }
}
