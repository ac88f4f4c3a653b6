package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Names;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.Loss;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.WeightDecay;
import dev.collapsemonitor.trainer.arrays.LayerArrays;
import java.util.Optional;

/** What saved arrays say about their run, joined with what is known of it already. */
record SavedRun(String run, String experiment, String layerName, LayerArrays arrays) {
    private static final String FRAMEWORK = "saved arrays";

    void requireNames() {
        try {
            Names.requireRun(run);
            Names.requireExperiment(experiment);
            Names.requireLayer(layerName);
        } catch (InvalidRecordException e) {
            throw new UserException(e.getMessage(), e);
        }
    }

    /** The descriptor with this layer in it; the known one unchanged when it says all of it already. */
    RunDescriptor descriptor(Optional<RunDescriptor> known) {
        RunDescriptor.Builder descriptor = known.map(RunDescriptor::toBuilder).orElseGet(this::fresh);
        if (!experiment.isEmpty()) {
            descriptor.setExperiment(experiment);
        }
        requireSameClasses(descriptor);
        if (descriptor.getClasses() == 0) {
            descriptor.setClasses(arrays.classes());
        }
        for (int i = 0; i < descriptor.getLayersCount(); i++) {
            if (descriptor.getLayers(i).getName().equals(layerName)) {
                return descriptor
                        .setLayers(i, completed(descriptor.getLayers(i)))
                        .build();
            }
        }
        Layer added = Layer.newBuilder()
                .setIndex(descriptor.getLayersCount())
                .setName(layerName)
                .build();
        return descriptor.addLayers(completed(added)).build();
    }

    /** This layer in a descriptor that {@link #descriptor} made. */
    Layer layerOf(RunDescriptor descriptor) {
        return descriptor.getLayersList().stream()
                .filter(layer -> layer.getName().equals(layerName))
                .findFirst()
                .orElseThrow();
    }

    private RunDescriptor.Builder fresh() {
        RunDescriptor.Builder descriptor = RunDescriptor.newBuilder()
                .setRun(run)
                .setAttempt(1)
                .setFramework(FRAMEWORK)
                .setClasses(arrays.classes())
                .setLoss(Loss.newBuilder().setKind(arrays.loss()));
        if (arrays.weightDecay().isPresent()) {
            descriptor.setWeightDecay(WeightDecay.newBuilder()
                    .setLambda(arrays.weightDecay().getAsDouble())
                    .setCoupling(arrays.coupling()));
        }
        return descriptor;
    }

    private void requireSameClasses(RunDescriptor.Builder descriptor) {
        if (descriptor.getClasses() > 0 && arrays.classes() > 0 && descriptor.getClasses() != arrays.classes()) {
            throw new UserException("run " + run + " has " + descriptor.getClasses() + " classes, but these arrays "
                    + arrays.classes() + "; give --classes " + descriptor.getClasses() + " or another --run");
        }
    }

    /** The layer with what these arrays add; what is known must agree with them. */
    private Layer completed(Layer known) {
        Layer.Builder layer = known.toBuilder();
        arrays.features().ifPresent(features -> {
            if (known.getFeatureDim() > 0 && known.getFeatureDim() != features.columns()) {
                throw new UserException("layer " + layerName + " of run " + run + " has " + known.getFeatureDim()
                        + " features, but " + features.name() + " has " + features.columns()
                        + " columns; give another --layer or --run");
            }
            layer.setFeatureDim(features.columns());
        });
        arrays.weights().ifPresent(weights -> {
            boolean differ = known.getWeightDimsCount() > 0
                    && (known.getWeightDims(0) != weights.rows() || known.getWeightDims(1) != weights.columns());
            if (differ) {
                throw new UserException("layer " + layerName + " of run " + run + " has weights of "
                        + known.getWeightDims(0) + " x " + known.getWeightDims(1) + ", but " + weights.name() + " is "
                        + weights.rows() + " x " + weights.columns() + "; give another --layer or --run");
            }
            layer.clearWeightDims().addWeightDims(weights.rows()).addWeightDims(weights.columns());
            layer.setKind(arrays.isConvolution() ? LayerKind.CONVOLUTION : LayerKind.DENSE);
            layer.setClassifier(arrays.isClassifier());
            if (layer.getFeatureDim() == 0 && !arrays.isConvolution()) {
                layer.setFeatureDim(weights.columns());
            }
        });
        return layer.build();
    }
}
