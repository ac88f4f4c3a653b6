package dev.collapsemonitor.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExpositionTest {
    private static final String TEXT = """
            # HELP collapse_nc1 Within-class variability
            # TYPE collapse_nc1 gauge
            collapse_nc1{experiment="e",layer="fc",run="a"} 0.25
            collapse_nc1{experiment="e",layer="fc",run="b"} 5.0E-4
            collapse_nc1_quotient{experiment="e",run="a"} 7
            """;

    @Test
    void seriesAreFoundByHowTheirLinesStart() {
        assertThat(Exposition.count(TEXT, "collapse_nc1{")).isEqualTo(2);
        assertThat(Exposition.sum(TEXT, "collapse_nc1{")).isEqualTo(0.2505);
        assertThat(Exposition.count(TEXT, "collapse_nc2{")).isZero();
    }

    @Test
    void aLineHasAValueAndLabels() {
        String line = Exposition.lines(TEXT, "collapse_nc1{").get(1);
        assertThat(Exposition.value(line)).isEqualTo(5e-4);
        assertThat(Exposition.label(line, "run")).isEqualTo("b");
        assertThat(Exposition.label(line, "experiment")).isEqualTo("e");
        assertThat(Exposition.label(line, "un")).isEmpty();
    }
}
