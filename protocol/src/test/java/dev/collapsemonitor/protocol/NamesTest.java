package dev.collapsemonitor.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "r1",
                "sgd λ=5e-4, β=0.9",
                "\"quoted\" \\ {x=\"y\"}",
                "<img src=x onerror=alert(1)>",
                "层",
                "🚀 run",
                "\uD83E\uDEE0", // an emoji that JDK 17 has not heard of yet
                "%2F..",
                "''; --"
            })
    void anyPrintableCharacterIsData(String name) {
        assertThat(Names.requireRun(name)).isEqualTo(name);
        assertThat(Names.requireLayer(name)).isEqualTo(name);
        assertThat(Names.requireExperiment(name)).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({
        "'a\u0000b', U+0000",
        "'a\nb', U+000A",
        "'a\u001bb', U+001B",
        "'a\u007fb', U+007F",
        "'a\u0085b', U+0085",
        "'a\u200bb', U+200B",
        "'a\u202eb', U+202E", // what follows would be shown from right to left
        "'a\u2028b', U+2028",
        "'a\ufeffb', U+FEFF",
        "'a\ue000b', U+E000",
        "'a\ud800b', U+D800"
    })
    void charactersThatCannotBeSeenAreRejectedAndNotRepeated(String name, String character) {
        assertThatThrownBy(() -> Names.requireRun(name))
                .hasMessage("run name \"a?b\" holds the control or invisible character " + character + "; remove it")
                .extracting("reason")
                .isEqualTo(Reason.INVALID_NAME);
        assertThatThrownBy(() -> Names.requireLayer(name)).isInstanceOf(InvalidRecordException.class);
        assertThatThrownBy(() -> Names.requireExperiment(name)).isInstanceOf(InvalidRecordException.class);
    }

    @Test
    void twoHundredBytesOfUtf8AreTheLimit() {
        assertThat(Names.requireRun("x".repeat(200))).hasSize(200);
        assertThat(Names.requireLayer("é".repeat(100))).hasSize(100);
        assertThat(Names.requireLayer("🚀".repeat(50))).hasSize(100);
        assertThatThrownBy(() -> Names.requireRun("x".repeat(201)))
                .hasMessage("run name of 201 bytes starts with \"" + "x".repeat(20) + "\"; at most 200 are allowed");
        assertThatThrownBy(() -> Names.requireLayer("é".repeat(101))).hasMessageContaining("layer name of 202 bytes");
        assertThatThrownBy(() -> Names.requireLayer("a" + "🚀".repeat(50)))
                .hasMessageContaining("layer name of 201 bytes")
                .hasMessageContaining("🚀?\""); // a pair that is cut in two is not written
    }

    @Test
    void aRunHasNoSlashAndALayerMay() {
        assertThatThrownBy(() -> Names.requireRun("a/b"))
                .hasMessage("run name \"a/b\" holds a \"/\"; use another separator, such as \"-\"");
        assertThat(Names.requireLayer("features/conv1/0")).isEqualTo("features/conv1/0");
        assertThat(Names.requireExperiment("vision/etf")).isEqualTo("vision/etf");
    }

    @Test
    void onlyAnExperimentMayBeEmpty() {
        assertThat(Names.requireExperiment("")).isEmpty();
        assertThatThrownBy(() -> Names.requireRun("")).hasMessage("run name is empty; give it one");
        assertThatThrownBy(() -> Names.requireLayer(" ")).hasMessage("layer name is empty; give it one");
        assertThatThrownBy(() -> Names.requireExperiment(" ")).hasMessage("experiment name is empty; give it one");
    }

    @Test
    void keysAreTheNamesInUtf8() {
        assertThat(Keys.run("läuft")).isEqualTo("läuft".getBytes(StandardCharsets.UTF_8));
        assertThat(Keys.layer("r", "conv/1")).isEqualTo("r/conv/1".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void keysOfNamesThatBreakTheRulesCannotBeMade() {
        assertThatThrownBy(() -> Keys.run("a/b")).isInstanceOf(InvalidRecordException.class);
        assertThatThrownBy(() -> Keys.layer("a/b", "c")).isInstanceOf(InvalidRecordException.class);
        assertThatThrownBy(() -> Keys.layer("a", "")).isInstanceOf(InvalidRecordException.class);
    }
}
