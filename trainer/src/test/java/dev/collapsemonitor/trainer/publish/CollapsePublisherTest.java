package dev.collapsemonitor.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.data.Strokes;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.Mlp;
import dev.collapsemonitor.trainer.model.ShuffledBatches;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import dev.collapsemonitor.trainer.optimizer.StepSchedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.lossfunctions.LossFunctions;

class CollapsePublisherTest {
    private static final int EPOCHS = 3;
    private static final int BATCH = 20;

    private final MockProducer<byte[], byte[]> producer = new CopyingProducer();
    private final Samples samples = new Strokes(100, 50, 1).load().train();
    private final SnapshotSamples subset = SnapshotSamples.of(samples, 40, 1);

    @Test
    void shouldPublishTheInputsOfEveryWeightLayerInEvaluationMode() throws InvalidProtocolBufferException {
        MultiLayerNetwork network = train(builder().build(connection()));
        List<FeatureBatch> last =
                features().stream().filter(batch -> batch.getStep() == 15).toList();
        assertThat(last)
                .extracting(batch -> batch.getLayer().getName())
                .containsExactly("dense0", "dense1", Mlp.CLASSIFIER);
        // The trained network is in the state of the last snapshot: the same pass must give the same numbers.
        List<INDArray> activations = network.feedForward(subset.inputs(), false);
        int[] positions = {0, 3, 6};
        for (int i = 0; i < positions.length; i++) {
            double[] published =
                    TensorView.of("features", last.get(i).getFeatures()).toDoubles();
            double[] expected = activations.get(positions[i]).dup('c').data().asDouble();
            assertThat(published).containsExactly(expected, within(1e-6));
        }
        assertThat(last.get(0).getLabelsList()).hasSize(40);
        int[] predicted = network.output(subset.inputs(), false).argMax(1).toIntVector();
        assertThat(last.get(2).getPredictedLabelsList())
                .containsExactly(Arrays.stream(predicted).boxed().toArray(Integer[]::new));
    }

    @Test
    void shouldPublishTheInitialWeightsFirstAndOutputsByInputs() throws InvalidProtocolBufferException {
        MultiLayerNetwork network = network();
        double[][] initial = network.getLayer(6).getParam("W").transpose().toDoubleMatrix();
        network.setListeners(builder().build(connection()));
        network.fit(batches(), EPOCHS);
        WeightChunk first = weights().stream()
                .filter(chunk -> chunk.getLayer().getClassifier() && chunk.getStep() == 0)
                .findFirst()
                .orElseThrow();
        assertThat(first.getWeights().getDimsList()).containsExactly(10L, 8L);
        double[] published = TensorView.of("weights", first.getWeights()).toDoubles();
        assertThat(published[8 * 3 + 5]).isEqualTo(initial[3][5]);
        assertThat(TensorView.of("bias", first.getBias()).columns()).isEqualTo(10);
        assertThat(first.getWeightDecay()).isEqualTo(0.01);
        assertThat(first.getCoupling()).isEqualTo(Coupling.COUPLED);
        assertThat(first.getLoss()).isEqualTo(LossKind.CROSS_ENTROPY);
        assertThat(first.getClasses()).isEqualTo(10);
        assertThat(first.getFeaturesFollow()).isTrue();
    }

    @Test
    void shouldDescribeTheRunFromTheNetworksConfiguration() throws InvalidProtocolBufferException {
        train(builder().experiment("e").stepsPerEpoch(5).build(connection()));
        RunDescriptor descriptor =
                RunDescriptor.parseFrom(records(Topic.RUNS).get(0).value());
        assertThat(descriptor.getAttempt()).isEqualTo(4);
        assertThat(descriptor.getClassCountsList()).hasSize(10).containsOnly(10L);
        assertThat(descriptor.getOptimizer().getKind()).isEqualTo(OptimizerKind.SGD);
        assertThat(descriptor.getOptimizer().getMomentum()).isEqualTo(0.9);
        assertThat(descriptor.getSchedule().getKind()).isEqualTo(ScheduleKind.STEP);
        assertThat(descriptor.getSchedule().getMilestonesList()).containsExactly(0.5);
        assertThat(descriptor.getWeightDecay().getLambda()).isEqualTo(0.01);
        assertThat(descriptor.getWeightDecay().getCoupling()).isEqualTo(Coupling.COUPLED);
        assertThat(descriptor.getWeightDecay().getBiasDecayed()).isFalse();
        assertThat(descriptor.getLoss().getScale()).isEqualTo(1);
        assertThat(descriptor.getTotalSteps()).isEqualTo(15);
        Layer classifier = descriptor.getLayers(2);
        assertThat(classifier.getClassifier()).isTrue();
        assertThat(classifier.getIndex()).isEqualTo(2);
        assertThat(classifier.getFeatureDim()).isEqualTo(8);
        assertThat(classifier.getWeightDimsList()).containsExactly(10L, 8L);
    }

    @Test
    void shouldCountStepsAndEpochsAndEndWithFinished() throws InvalidProtocolBufferException {
        train(builder().snapshots(new SnapshotEpochs.Every(2)).build(connection()));
        List<Progress> progress = progress();
        assertThat(progress.get(0).getEvent()).isEqualTo(ProgressEvent.STARTED);
        assertThat(progress)
                .filteredOn(Progress::hasLoss)
                .extracting(Progress::getStep)
                .containsExactly(0L, 10L, 15L, 15L);
        Progress end = progress.get(progress.size() - 1);
        assertThat(end.getEvent()).isEqualTo(ProgressEvent.FINISHED);
        assertThat(end.getEpoch()).isEqualTo(3);
        assertThat(end.getLearningRate()).isCloseTo(0.005, within(1e-9));
        assertThat(producer.closed()).isTrue();
    }

    @Test
    void shouldReportTheLossAndAccuracyOfTheSubset() throws InvalidProtocolBufferException {
        MultiLayerNetwork network = train(builder().build(connection()));
        Progress end = progress().get(progress().size() - 1);
        INDArray output = network.output(subset.inputs(), false);
        double loss = 0;
        for (int i = 0; i < 40; i++) {
            loss -= Math.log(output.getDouble(i, subset.labels()[i])) / 40;
        }
        assertThat(end.getLoss()).isCloseTo(loss, within(1e-6));
        assertThat(end.getAccuracy()).isBetween(0.0, 1.0);
    }

    @Test
    void shouldPublishTheTestSubsetToo() throws InvalidProtocolBufferException {
        Samples test = new Strokes(100, 50, 1).load().test();
        train(builder().testData(SnapshotSamples.of(test, 20, 1)).build(connection()));
        assertThat(features())
                .filteredOn(batch -> batch.getSplit() == Split.TEST && batch.getStep() == 0)
                .hasSize(3)
                .allSatisfy(batch -> assertThat(batch.getLabelsCount()).isEqualTo(20));
    }

    @Test
    void shouldSayFailedWhenTrainingEndsByAnException() throws InvalidProtocolBufferException {
        MultiLayerNetwork network = network();
        CollapsePublisher listener = builder().build(connection());
        network.setListeners(listener, new BaseTrainingListener() {
            @Override
            public void onEpochEnd(Model model) {
                throw new IllegalStateException("out of luck");
            }
        });
        assertThatThrownBy(() -> {
                    try (listener) {
                        network.fit(batches(), EPOCHS);
                    }
                })
                .hasMessage("out of luck");
        Progress end = progress().get(progress().size() - 1);
        assertThat(end.getEvent()).isEqualTo(ProgressEvent.FAILED);
        assertThat(end.getReason()).contains("after epoch 1 of 3");
        assertThat(producer.closed()).isTrue();
    }

    @Test
    void shouldNameTheExceptionWhenTold() throws InvalidProtocolBufferException {
        MultiLayerNetwork network = network();
        CollapsePublisher listener = builder().build(connection());
        network.setListeners(listener);
        network.fit(batches());
        listener.failed(new IllegalStateException("out of luck"));
        listener.close();
        assertThat(progress().get(progress().size() - 1).getReason()).isEqualTo("IllegalStateException: out of luck");
        assertThat(progress())
                .filteredOn(p -> p.getEvent() == ProgressEvent.FAILED)
                .hasSize(1);
    }

    @Test
    void shouldFlattenConvolutionsAndNameUnnamedLayers() throws InvalidProtocolBufferException {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .updater(new AMSGrad(1e-3))
                .list()
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(4).build())
                .layer(new OutputLayer.Builder(LossFunctions.LossFunction.MSE)
                        .nOut(10)
                        .activation(Activation.IDENTITY)
                        .build())
                .setInputType(InputType.convolutionalFlat(Strokes.SIDE, Strokes.SIDE, 1))
                .build());
        network.init();
        network.setListeners(builder().build(connection()));
        network.fit(batches(), EPOCHS);
        RunDescriptor descriptor =
                RunDescriptor.parseFrom(records(Topic.RUNS).get(0).value());
        assertThat(descriptor.getLayersList()).extracting(Layer::getName).containsExactly("layer0", "layer1");
        assertThat(descriptor.getLayers(0).getKind()).isEqualTo(LayerKind.CONVOLUTION);
        assertThat(descriptor.getLayers(0).getWeightDimsList()).containsExactly(4L, 9L);
        assertThat(descriptor.getLayers(0).getFeatureDim()).isEqualTo(400);
        assertThat(descriptor.getLayers(1).getFeatureDim()).isEqualTo(4 * 18 * 18);
        assertThat(descriptor.getOptimizer().getKind()).isEqualTo(OptimizerKind.AMSGRAD);
        assertThat(descriptor.getLoss().getKind()).isEqualTo(LossKind.MSE);
        assertThat(descriptor.getLoss().getScale()).isCloseTo(0.2, within(1e-12));
    }

    @Test
    void shouldScaleTheTrainersMseAsItsDefinition() throws InvalidProtocolBufferException {
        MultiLayerNetwork network = new Mlp(List.of(8), BatchNorm.NONE)
                .build(
                        SampleShape.flat(samples.dimension()),
                        10,
                        new Training(TrainingLoss.MSE, new HeavyBall(0.01, 0.9), Decay.decoupled(0.1), 1));
        INDArray before = network.output(subset.inputs(), false);
        network.setListeners(builder().build(connection()));
        network.fit(batches(), EPOCHS);
        RunDescriptor descriptor =
                RunDescriptor.parseFrom(records(Topic.RUNS).get(0).value());
        assertThat(descriptor.getLoss().getScale()).isEqualTo(1);
        assertThat(descriptor.getWeightDecay().getCoupling()).isEqualTo(Coupling.DECOUPLED);
        double loss = 0;
        for (int i = 0; i < 40; i++) {
            for (int k = 0; k < 10; k++) {
                loss += Math.pow(before.getDouble(i, k) - (subset.labels()[i] == k ? 1 : 0), 2) / 80;
            }
        }
        assertThat(progress().get(1).getLoss()).isCloseTo(loss, within(1e-6));
    }

    private MultiLayerNetwork train(CollapsePublisher listener) {
        MultiLayerNetwork network = network();
        network.setListeners(listener);
        network.fit(batches(), EPOCHS);
        return network;
    }

    private MultiLayerNetwork network() {
        StepSchedule schedule = new StepSchedule(0.05, 0.1, new double[] {0.5}, 15);
        return new Mlp(List.of(16, 8), BatchNorm.ALL)
                .build(
                        SampleShape.flat(samples.dimension()),
                        10,
                        new Training(TrainingLoss.CROSS_ENTROPY, new HeavyBall(schedule, 0.9), Decay.coupled(0.01), 1));
    }

    private ShuffledBatches batches() {
        return new ShuffledBatches(samples, BATCH, 1);
    }

    private CollapsePublisher.Builder builder() {
        return CollapsePublisher.builder("unused:1", "r1", EPOCHS)
                .trainingData(subset)
                .snapshots(new SnapshotEpochs.Every(1));
    }

    private CollapsePublisher.Connection connection() {
        return new CollapsePublisher.Connection() {
            @Override
            public int attempt() {
                return 4;
            }

            @Override
            public RunPublisher open(RunDescriptor descriptor, PublisherOptions options) {
                return new RunPublisher(producer, descriptor, options);
            }
        };
    }

    private List<ProducerRecord<byte[], byte[]>> records(Topic topic) {
        return producer.history().stream()
                .filter(record -> record.topic().equals(topic.topicName()))
                .toList();
    }

    private List<FeatureBatch> features() throws InvalidProtocolBufferException {
        List<FeatureBatch> batches = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : records(Topic.FEATURES)) {
            batches.add(FeatureBatch.parseFrom(record.value()));
        }
        return batches;
    }

    private List<WeightChunk> weights() throws InvalidProtocolBufferException {
        List<WeightChunk> chunks = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : records(Topic.WEIGHTS)) {
            chunks.add(WeightChunk.parseFrom(record.value()));
        }
        return chunks;
    }

    private List<Progress> progress() throws InvalidProtocolBufferException {
        List<Progress> found = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : records(Topic.PROGRESS)) {
            found.add(Progress.parseFrom(record.value()));
        }
        return found;
    }
}
