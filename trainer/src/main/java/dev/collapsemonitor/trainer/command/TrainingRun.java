package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.trainer.backend.Backend;
import dev.collapsemonitor.trainer.checkpoint.Checkpoint;
import dev.collapsemonitor.trainer.checkpoint.CheckpointDirectory;
import dev.collapsemonitor.trainer.data.Dataset;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.model.Architectures;
import dev.collapsemonitor.trainer.model.ShuffledBatches;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.publish.CollapsePublisher;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** Loads the data, builds the network or takes up a saved one, trains and publishes. */
final class TrainingRun {
    private final TrainingPlan plan;
    private final PrintWriter progress;
    private final Optional<CheckpointDirectory> checkpoints;
    private double lastLoss = Double.NaN;

    TrainingRun(TrainingPlan plan, PrintWriter progress) {
        this.plan = plan;
        this.progress = progress;
        this.checkpoints = Optional.ofNullable(plan.checkpoints().directory)
                .map(directory -> new CheckpointDirectory(directory, plan.run(), plan.settings()));
    }

    TrainingSummary execute() {
        try {
            return trainAndPublish();
        } finally {
            // A process may train one network after the other: the next needs other workspaces.
            Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
        }
    }

    private TrainingSummary trainAndPublish() {
        long begin = System.nanoTime();
        Optional<Checkpoint> checkpoint = checkpoint();
        Dataset dataset = plan.data().load();
        Samples train = plan.transformation().apply(dataset.train());
        ShuffledBatches batches = new ShuffledBatches(train, plan.batchSize(), plan.seed());
        StepLines steps = new StepLines(batches.batchesPerEpoch(), plan.epochs(), this::say);
        long dropped = 0;
        TrainableNetwork network;
        if (checkpoint.isPresent() && checkpoint.get().epoch() >= plan.epochs()) {
            network = new TrainableNetwork(checkpoint.get().network());
            say("all " + plan.epochs() + " epochs are done already");
        } else {
            try (CollapsePublisher publisher = publisher(dataset, train, batches, steps)) {
                say(Backend.describe());
                Model model = checkpoint.map(Checkpoint::network).orElseGet(() -> build(dataset, train, batches));
                network = new TrainableNetwork(model);
                model.setListeners(publisher, steps);
                say(String.format(
                        Locale.ROOT,
                        "%d samples of %s, %d parameters, %d steps",
                        train.size(),
                        dataset.name(),
                        model.numParams(),
                        (long) batches.batchesPerEpoch() * plan.epochs()));
                train(network, batches, publisher, new ElasticityProbe(train));
                dropped = publisher.dropped();
            }
        }
        return new TrainingSummary(
                plan.run(),
                plan.epochs(),
                network.steps(),
                lastLoss,
                network.error(train),
                network.error(dataset.test()),
                (System.nanoTime() - begin) / 1e9,
                dropped);
    }

    private void train(
            TrainableNetwork network, ShuffledBatches batches, CollapsePublisher publisher, ElasticityProbe probe) {
        DataSetIterator iterator = plan.publishing().rolling == null ? batches : publisher.watch(batches);
        try {
            new TrainingLoop(network, batches, plan.epochs())
                    .run(iterator, completed -> epochCompleted(completed, network, publisher, probe));
        } catch (RuntimeException e) {
            publisher.failed(e);
            throw e;
        }
    }

    private void epochCompleted(
            int completed, TrainableNetwork network, CollapsePublisher publisher, ElasticityProbe probe) {
        if (completed < plan.epochs() && plan.publishing().measuresElasticityAfter(completed)) {
            publisher.elasticity(probe.batch(completed));
        }
        if (plan.checkpoints().dueAfter(completed, plan.epochs())) {
            checkpoints.orElseThrow().save(network.model());
        }
    }

    private Optional<Checkpoint> checkpoint() {
        if (checkpoints.isEmpty()) {
            return Optional.empty();
        }
        CheckpointDirectory directory = checkpoints.get();
        if (!plan.checkpoints().resume) {
            directory.requireEmpty();
            return Optional.empty();
        }
        Optional<Checkpoint> newest = directory.newest(this::say);
        say(newest.map(found -> "resumes after epoch " + found.epoch() + " from " + found.file())
                .orElseGet(() -> "no checkpoint in " + directory.directory() + ", so it begins"));
        return newest;
    }

    private Model build(Dataset dataset, Samples train, ShuffledBatches batches) {
        long totalSteps = (long) batches.batchesPerEpoch() * plan.epochs();
        // A sample keeps its index when others are left out.
        int samples = dataset.train().size();
        return Architectures.of(plan.model(), plan.architecture().withSamples(samples))
                .build(
                        dataset.shape(),
                        train.classes(),
                        new Training(plan.loss(), plan.rule().updater(totalSteps), plan.decay(), plan.seed()));
    }

    private CollapsePublisher publisher(Dataset dataset, Samples train, ShuffledBatches batches, StepLines steps) {
        CollapsePublisher.Builder builder = CollapsePublisher.builder(plan.broker(), plan.run(), plan.epochs())
                .experiment(plan.experiment())
                .dataset(dataset.name())
                .stepsPerEpoch(batches.batchesPerEpoch())
                .observer((epoch, step, loss, accuracy) -> {
                    lastLoss = loss;
                    snapshotTaken(epoch, step, loss, accuracy, steps.rate(step));
                });
        plan.publishing().apply(builder, dataset, train, plan.seed());
        plan.settings().forEach((option, value) -> builder.hyperparameter(option.replace('-', '_'), value));
        return builder.build();
    }

    private void snapshotTaken(int epoch, long step, double loss, double accuracy, double rate) {
        say(String.format(
                Locale.ROOT,
                "epoch %d of %d, step %d, loss %.4g, accuracy %.4f%s",
                epoch,
                plan.epochs(),
                step,
                loss,
                accuracy,
                rate > 0 ? String.format(Locale.ROOT, ", %.0f steps/s", rate) : ""));
    }

    private void say(String line) {
        progress.println(plan.run() + ": " + line);
        progress.flush();
    }
}
