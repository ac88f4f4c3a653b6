package dev.collapsemonitor.standalone.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class NaturalOrderTest {
    @Test
    void countsAsPeopleDo() {
        List<String> names = List.of(
                "1",
                "9a",
                "10",
                "conv",
                "layer2",
                "layer02",
                "layer2.1",
                "layer10",
                "layer10.0.conv2",
                "layer10.0.conv11",
                "layer99999999999999999999");
        List<String> shuffled = new java.util.ArrayList<>(names);
        Collections.reverse(shuffled);
        shuffled.sort(new NaturalOrder());
        assertThat(shuffled)
                .containsExactly(
                        "1",
                        "9a",
                        "10",
                        "conv",
                        "layer02",
                        "layer2",
                        "layer2.1",
                        "layer10",
                        "layer10.0.conv2",
                        "layer10.0.conv11",
                        "layer99999999999999999999");
    }
}
