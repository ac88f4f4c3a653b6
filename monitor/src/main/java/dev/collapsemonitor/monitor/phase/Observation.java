package dev.collapsemonitor.monitor.phase;

/**
 * One training snapshot of the classifier; NaN where a value is undefined.
 *
 * @param attempt of the run
 * @param step optimizer updates made
 * @param errorRate train error of the snapshot
 * @param accuracy training accuracy that was reported last
 * @param nc0Norm ‖Wᵀ1‖
 * @param nc0Relative ρ₀ = ‖Wᵀ1‖²/(K‖W‖_F²)
 * @param nc1 tr(Σ_W Σ_B⁺)/K
 * @param nc2 distance of the class means from the simplex ETF
 * @param nc3 distance of the classifier from the class means
 * @param weightNorm ‖W‖_F
 */
public record Observation(
        int attempt,
        long step,
        double epoch,
        double errorRate,
        double accuracy,
        double nc0Norm,
        double nc0Relative,
        double nc1,
        double nc2,
        double nc3,
        double weightNorm) {}
