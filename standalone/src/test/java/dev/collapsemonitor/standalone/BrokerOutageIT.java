package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.monitor.topology.TopicAdmin;
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
import dev.collapsemonitor.trainer.publish.CollapsePublisher;
import dev.collapsemonitor.trainer.publish.SnapshotSamples;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class BrokerOutageIT {
    private static final int EPOCHS = 12;

    /** A blocked send takes 10 s; the steps that follow the outage, {@value #EPOCHS} epochs of 20, would take minutes. */
    @Test
    @Timeout(180)
    void trainingEndsAsEverAndTheLossIsCountedWhenTheBrokerGoesAwayInTheMiddle(@TempDir Path directory) {
        EmbeddedBroker broker = EmbeddedBroker.start(0, directory);
        try (TopicAdmin topics = new TopicAdmin(broker.bootstrap(), Map.of())) {
            topics.ensure(OptionalInt.of(1), TopicAdmin.BROKER_DEFAULT_REPLICATION);
        }
        Samples samples = new Strokes(400, 10, 1).load().train();
        MultiLayerNetwork network = new Mlp(List.of(32), BatchNorm.ALL)
                .build(
                        SampleShape.flat(samples.dimension()),
                        samples.classes(),
                        new Training(TrainingLoss.CROSS_ENTROPY, new HeavyBall(0.05, 0.9), Decay.coupled(1e-3), 1));
        CollapsePublisher publisher = CollapsePublisher.builder(broker.bootstrap(), "outage", EPOCHS)
                .trainingData(SnapshotSamples.of(samples, 200, 1))
                .rolling(1)
                .rollingWeightsEvery(1)
                .queueBytes(6 << 20) // more than the steps before the outage bring, less than those after it
                .kafka("buffer.memory", Integer.toString(1 << 20))
                .build();
        AtomicLong droppedBefore = new AtomicLong();
        network.setListeners(publisher, new BaseTrainingListener() {
            private int epochs;

            @Override
            public void onEpochEnd(Model model) {
                if (++epochs == 2) {
                    broker.close();
                    droppedBefore.set(publisher.dropped());
                } else if (epochs == EPOCHS - 1) {
                    // All the while the background thread waits for the broker; the queue filled and began to drop.
                    assertThat(publisher.dropped()).isGreaterThan(droppedBefore.get());
                }
            }
        });
        network.fit(publisher.watch(new ShuffledBatches(samples, 20, 1)), EPOCHS);
        publisher.close();
        assertThat(network.getIterationCount()).isEqualTo(20 * EPOCHS);
        assertThat(droppedBefore).hasValue(0);
    }
}
