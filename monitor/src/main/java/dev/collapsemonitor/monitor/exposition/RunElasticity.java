package dev.collapsemonitor.monitor.exposition;

import dev.collapsemonitor.monitor.geometry.LocalElasticity;
import dev.collapsemonitor.monitor.geometry.LocalElasticity.Move;
import dev.collapsemonitor.monitor.geometry.MetricValues;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.v1.ElasticityProbe;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.Tensor;
import java.util.Optional;

/** The local elasticity of a run by the newest probe that it published. */
final class RunElasticity {
    private RunElasticity() {}

    /** Values, and the reasons for those that are undefined; empty as long as nothing was probed. */
    static Optional<MetricValues> of(Run run) {
        Progress progress = run.progress();
        if (!progress.hasElasticityProbe()) {
            return Optional.empty();
        }
        ElasticityProbe probe = progress.getElasticityProbe();
        return Optional.of(LocalElasticity.of(
                probe.getBatchClass(),
                new Move(matrix(probe.getBatchBefore()), matrix(probe.getBatchAfter())),
                probe.getProbeLabelsList().stream().mapToInt(Integer::intValue).toArray(),
                new Move(matrix(probe.getProbeBefore()), matrix(probe.getProbeAfter()))));
    }

    private static Matrix matrix(Tensor tensor) {
        TensorView view = TensorView.of("logits", tensor); // checked when it was read
        return Matrix.of(view.rows(), view.columns(), view.toDoubles());
    }
}
