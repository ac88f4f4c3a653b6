package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.trainer.data.Dataset;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.publish.CollapsePublisher;
import dev.collapsemonitor.trainer.publish.SnapshotEpochs;
import dev.collapsemonitor.trainer.publish.SnapshotSamples;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Options that say what is published, how often and in which form. */
final class PublishingOptions {
    @Option(
            names = "--snapshot-every",
            defaultValue = "geometric:15",
            paramLabel = "EPOCHS",
            description = "5 (every fifth epoch), 1,2,5,10 (after these) or geometric:15 (that many, dense at first)."
                    + " The initial weights and the last epoch always.")
    String snapshotEvery;

    @Option(
            names = "--snapshot-samples",
            defaultValue = "2000",
            paramLabel = "N",
            description = "Training samples of a snapshot, class-balanced.")
    int snapshotSamples;

    @Option(
            names = "--snapshot-test-samples",
            defaultValue = "0",
            paramLabel = "N",
            description = "Test samples of a snapshot, class-balanced.")
    int snapshotTestSamples;

    @Option(
            names = "--layers",
            showDefaultValue = Visibility.NEVER,
            split = ",",
            paramLabel = "NAME",
            description = "Layers to publish. Default: all dense and convolution layers.")
    List<String> layers = List.of();

    @Option(names = "--signals", description = "Publish back-propagated signals, too, for the low-rank bound.")
    boolean signals;

    @Option(
            names = "--rolling",
            paramLabel = "STEPS",
            description = "Publish the mini-batch of every n-th step, too. Default: none.")
    Integer rolling;

    @Option(
            names = "--rolling-weights-every",
            defaultValue = "10",
            paramLabel = "M",
            description = "Publish the weights with every m-th mini-batch only.")
    int rollingWeightsEvery;

    @Option(
            names = "--elasticity-every",
            paramLabel = "EPOCHS",
            description = "Measure local elasticity after every n-th epoch, on a copy of the network. Default: never.")
    Integer elasticityEvery;

    @Option(
            names = "--elasticity-samples",
            defaultValue = "100",
            paramLabel = "N",
            description = "Training samples whose logits are compared for it, class-balanced.")
    int elasticitySamples;

    @Option(
            names = "--dtype",
            defaultValue = "float32",
            paramLabel = "TYPE",
            description = "Of features on the wire: float32, float16 or bfloat16.")
    String dtype;

    @Option(names = "--rows", paramLabel = "N", description = "Most rows in one record. Default: as many as fit.")
    Integer rows;

    @Option(
            names = "--queue-mb",
            paramLabel = "MB",
            description = "Most megabytes that wait for the broker; more is dropped, training never waits."
                    + " Default: 256, or one snapshot up to a quarter of the heap.")
    Integer queueMegabytes;

    @Option(
            names = "--producer",
            showDefaultValue = Visibility.NEVER,
            split = ",",
            paramLabel = "KEY=VALUE",
            description = "A setting of the Kafka clients in Kafka's name for it, such as compression.type=zstd.")
    Map<String, String> producer = Map.of();

    @Option(
            names = "--heartbeat",
            defaultValue = "10",
            paramLabel = "SECONDS",
            description = "Promises a sign of life in every such interval.")
    double heartbeatSeconds;

    /** Refuses what is impossible before the data is read. */
    void check() {
        SnapshotEpochs.parse(snapshotEvery);
        type();
        Requirements.atLeast("--snapshot-samples", snapshotSamples, 1);
        Requirements.atLeast("--snapshot-test-samples", snapshotTestSamples, 0);
        Requirements.atLeast("--rolling-weights-every", rollingWeightsEvery, 1);
        Requirements.atLeast("--elasticity-samples", elasticitySamples, 2);
        Requirements.positive("--heartbeat", heartbeatSeconds);
        if (rolling != null) {
            Requirements.atLeast("--rolling", rolling, 1);
        }
        if (elasticityEvery != null) {
            Requirements.atLeast("--elasticity-every", elasticityEvery, 1);
        }
        if (rows != null) {
            Requirements.atLeast("--rows", rows, 1);
        }
        if (queueMegabytes != null) {
            Requirements.atLeast("--queue-mb", queueMegabytes, 1);
        }
    }

    /** Sets all of it on a publisher of a run on these samples. */
    void apply(CollapsePublisher.Builder builder, Dataset dataset, Samples train, long seed) {
        builder.trainingData(SnapshotSamples.of(train, snapshotSamples, seed))
                .snapshots(SnapshotEpochs.parse(snapshotEvery))
                .signals(signals)
                .rollingWeightsEvery(rollingWeightsEvery)
                .featureType(type())
                .heartbeat(Duration.ofMillis(Math.round(heartbeatSeconds * 1000)));
        if (snapshotTestSamples > 0) {
            builder.testData(SnapshotSamples.of(dataset.test(), snapshotTestSamples, seed));
        }
        if (!layers.isEmpty()) {
            builder.layers(layers.toArray(String[]::new));
        }
        if (rolling != null) {
            builder.rolling(rolling);
        }
        if (elasticityEvery != null) {
            builder.elasticity(SnapshotSamples.of(train, elasticitySamples, seed));
        }
        if (rows != null) {
            builder.rowsPerRecord(rows);
        }
        if (queueMegabytes != null) {
            builder.queueBytes((long) queueMegabytes << 20);
        }
        producer.forEach(builder::kafka);
    }

    /** Whether local elasticity is measured after so many epochs of a longer run. */
    boolean measuresElasticityAfter(int epoch) {
        return elasticityEvery != null && epoch % elasticityEvery == 0;
    }

    private DataType type() {
        return switch (dtype) {
            case "float32" -> DataType.FLOAT;
            case "float16" -> DataType.FLOAT16;
            case "bfloat16" -> DataType.BFLOAT16;
            default -> throw new UserException("--dtype " + dtype + " is unknown; use float32, float16 or bfloat16");
        };
    }
}
