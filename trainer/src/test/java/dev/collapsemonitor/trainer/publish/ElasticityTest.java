package dev.collapsemonitor.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.ElasticityProbe;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.ViewIterator;

class ElasticityTest {
    private static final int SAMPLES = 30;

    private final DataSet data = TestNetworks.data(SAMPLES, DataType.FLOAT);
    private final DataSet probes = TestNetworks.data(6, DataType.FLOAT);
    private final DataSet oneClass = ofClass(1);
    private final RecordingConnection connection = new RecordingConnection();

    @Test
    void shouldPublishTheLogitsJustBeforeAndJustAfterTheUpdate() {
        MultiLayerNetwork network = TestNetworks.plain();
        CollapsePublisher publisher = publisher();
        List<INDArray> expected = new ArrayList<>();
        network.setListeners(publisher, atFirstEpochEnd(() -> {
            expected.add(logits(network, oneClass));
            expected.add(logits(network, probes));
            int before = network.getIterationCount();
            publisher.elasticity(oneClass, () -> network.fit(oneClass));
            assertThat(network.getIterationCount()).isEqualTo(before + 1);
            expected.add(logits(network, oneClass));
            expected.add(logits(network, probes));
        }));
        network.fit(new ViewIterator(data, 10), 2);
        Progress progress = published();
        ElasticityProbe probe = progress.getElasticityProbe();
        assertThat(progress.getStep()).isEqualTo(3);
        assertThat(probe.getBatchClass()).isEqualTo(1);
        assertThat(probe.getProbeLabelsList()).containsExactly(0, 1, 2, 0, 1, 2);
        assertLogits(probe.getBatchBefore(), expected.get(0));
        assertLogits(probe.getProbeBefore(), expected.get(1));
        assertLogits(probe.getBatchAfter(), expected.get(2));
        assertLogits(probe.getProbeAfter(), expected.get(3));
        assertThat(probe.getBatchAfter()).isNotEqualTo(probe.getBatchBefore());
    }

    @Test
    void shouldLeaveTheTrainingAloneWhenTheUpdateIsMadeOnACopy() {
        ComputationGraph alone = TestNetworks.convolutional(DataType.FLOAT);
        alone.fit(new ViewIterator(data, 10), 2);
        ComputationGraph graph = TestNetworks.convolutional(DataType.FLOAT);
        CollapsePublisher publisher = publisher();
        graph.setListeners(publisher, atFirstEpochEnd(() -> publisher.elasticity(oneClass)));
        graph.fit(new ViewIterator(data, 10), 2);
        assertThat(graph.params().equalsWithEps(alone.params(), 0)).isTrue();
        assertThat(graph.getIterationCount()).isEqualTo(6);
        ElasticityProbe probe = published().getElasticityProbe();
        assertThat(probe.getBatchAfter()).isNotEqualTo(probe.getBatchBefore());
        assertThat(probe.getProbeAfter()).isNotEqualTo(probe.getProbeBefore());
    }

    @Test
    void shouldNotTakeTheMiniBatchOfTheCopyForOneOfTheTraining() {
        ComputationGraph graph = TestNetworks.convolutional(DataType.FLOAT);
        CollapsePublisher publisher = CollapsePublisher.builder("unused:1", "r1", 2)
                .trainingData(SnapshotSamples.of(data, SAMPLES, 1))
                .elasticity(SnapshotSamples.of(probes, 6, 1))
                .rolling(1)
                .build(connection);
        graph.setListeners(publisher, atFirstEpochEnd(() -> publisher.elasticity(oneClass)));
        graph.fit(publisher.watch(new ViewIterator(data, 10)), 2);
        assertThat(connection.features().stream()
                        .filter(batch -> batch.getMode() == Mode.ROLLING)
                        .map(batch -> batch.getLayer().getName() + " at step " + batch.getStep()))
                .hasSizeGreaterThanOrEqualTo(6)
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldRefuseABatchOfSeveralClasses() {
        MultiLayerNetwork network = TestNetworks.plain();
        CollapsePublisher publisher = publisher();
        network.setListeners(publisher, atFirstEpochEnd(() -> publisher.elasticity(data)));
        assertThatThrownBy(() -> network.fit(new ViewIterator(data, 10), 2))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("a batch of one class");
    }

    @Test
    void shouldSayThatItIsTooEarly() {
        CollapsePublisher publisher = publisher();
        assertThatThrownBy(() -> publisher.elasticity(oneClass))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("once the first epoch has begun");
    }

    private CollapsePublisher publisher() {
        return CollapsePublisher.builder("unused:1", "r1", 2)
                .trainingData(SnapshotSamples.of(data, SAMPLES, 1))
                .elasticity(SnapshotSamples.of(probes, 6, 1))
                .build(connection);
    }

    private Progress published() {
        List<Progress> found = connection.progress().stream()
                .filter(Progress::hasElasticityProbe)
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private DataSet ofClass(int label) {
        List<DataSet> chosen = new ArrayList<>();
        for (DataSet sample : data.asList()) {
            if (sample.getLabels().argMax(1).getInt(0) == label) {
                chosen.add(sample);
            }
        }
        return DataSet.merge(chosen);
    }

    private static INDArray logits(MultiLayerNetwork network, DataSet samples) {
        return network.feedForward(samples.getFeatures(), false).get(2).dup('c');
    }

    private static void assertLogits(Tensor published, INDArray expected) {
        TensorView view = TensorView.of("logits", published);
        assertThat(view.columns()).isEqualTo(TestNetworks.CLASSES);
        assertThat(view.toDoubles()).containsExactly(expected.data().asDouble(), within(1e-5));
    }

    private static BaseTrainingListener atFirstEpochEnd(Runnable action) {
        return new BaseTrainingListener() {
            private boolean done;

            @Override
            public void onEpochEnd(Model model) {
                if (!done) {
                    done = true;
                    action.run();
                }
            }
        };
    }
}
