package dev.collapsemonitor.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RepeatedFiguresTest {
    private final RepeatedFigures figures = new RepeatedFigures();

    @Test
    void theStandardErrorIsThatOfTheMean() {
        figures.add(Map.of("cost", 1.0));
        assertThat(figures.standardError("cost")).isNaN();
        figures.add(Map.of("cost", 2.0));
        figures.add(Map.of("cost", 6.0));
        assertThat(figures.mean("cost")).isEqualTo(3);
        assertThat(figures.largest("cost")).isEqualTo(6);
        assertThat(figures.standardError("cost")).isCloseTo(Math.sqrt(14.0 / 2 / 3), within(1e-12));
    }

    @Test
    void whatOneProcessLacksIsLeftOut() {
        Map<String, Double> first = new LinkedHashMap<>();
        first.put("price", 1.0);
        first.put("cost", 2.0);
        first.put("broker", 3.0);
        figures.add(first);
        figures.add(Map.of("cost", 1.0, "price", 3.0));
        assertThat(figures.names()).containsExactly("price", "cost");
    }
}
