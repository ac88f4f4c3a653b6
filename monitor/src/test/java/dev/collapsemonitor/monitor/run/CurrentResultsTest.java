package dev.collapsemonitor.monitor.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import org.junit.jupiter.api.Test;

class CurrentResultsTest {
    private final CurrentResults current = new CurrentResults();

    @Test
    void theNewestStepOfEachLayerModeAndSplitHoldsWhateverTheOrder() {
        LayerResult old = Records.result(1, 10, 0.5).build();
        LayerResult newest = Records.result(1, 20, 0.25).build();
        LayerResult test = Records.result(1, 10, 0.6).setSplit(Split.TEST).build();
        LayerResult rolling = Records.result(1, 15, 0.3).setMode(Mode.ROLLING).build();
        current.take(newest);
        current.take(old);
        current.take(test);
        current.take(rolling);
        assertThat(current.inOrder()).containsExactlyInAnyOrder(newest, test, rolling);
    }

    @Test
    void aResultOfTheSameStepReplacesTheOneBefore() {
        current.take(Records.result(1, 10, 0.5).setCoverage(0.5).build());
        LayerResult whole = Records.result(1, 10, 0.4).build();
        current.take(whole);
        assertThat(current.inOrder()).containsExactly(whole);
    }

    @Test
    void layersComeInTheOrderOfTheNetwork() {
        for (int index : new int[] {2, 0, 1}) {
            current.take(Records.result(1, 10, 0.5)
                    .setLayer(Layer.newBuilder().setIndex(index).setName("layer" + (9 - index)))
                    .build());
        }
        assertThat(current.inOrder())
                .extracting(result -> result.getLayer().getIndex())
                .containsExactly(0, 1, 2);
        current.clear();
        assertThat(current.inOrder()).isEmpty();
    }
}
