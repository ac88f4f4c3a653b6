package dev.collapsemonitor.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordHeadersTest {
    @Test
    void thisBuildReadsWhatItWritesAndRecordsWithoutAHeader() {
        assertThat(RecordHeaders.currentSchemaVersion()).isEqualTo(new byte[] {'1'});
        assertThatCode(() -> RecordHeaders.requireReadable(RecordHeaders.currentSchemaVersion()))
                .doesNotThrowAnyException();
        assertThatCode(() -> RecordHeaders.requireReadable(null)).doesNotThrowAnyException();
    }

    @Test
    void aNewerVersionIsRejectedWithTheRemedy() {
        assertThatThrownBy(() -> RecordHeaders.requireReadable(bytes("2")))
                .hasMessage("schema version 2, but this build reads up to 1; update the monitor")
                .extracting("reason")
                .isEqualTo(Reason.SCHEMA_VERSION);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "one", "1.0", "0", "-1", "99999999999", "\u0001"})
    void whatIsNoVersionIsRejectedInOneLine(String text) {
        assertThatThrownBy(() -> RecordHeaders.requireReadable(bytes(text)))
                .hasMessage("header collapse-schema is \"" + text.replace('\u0001', '?')
                        + "\"; write a version in decimal digits, from 1")
                .extracting("reason")
                .isEqualTo(Reason.SCHEMA_VERSION);
    }

    @Test
    void aHeaderOfMegabytesIsNotRepeated() {
        assertThatThrownBy(() -> RecordHeaders.requireReadable(new byte[1 << 20]))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(100));
    }

    @Test
    void reasonsAreLabelsInLowerCase() {
        assertThat(Reason.LABEL_RANGE.label()).isEqualTo("label_range");
        for (Reason reason : Reason.values()) {
            assertThat(reason.label()).matches("[a-z_]+");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatIsNoTimeIsNoneAndNoError() {
        assertThat(RecordHeaders.millis(RecordHeaders.millis(1_763_735_400_000L)))
                .hasValue(1_763_735_400_000L);
        assertThat(RecordHeaders.millis(null)).isEmpty();
        assertThat(RecordHeaders.millis(new byte[0])).isEmpty();
        assertThat(RecordHeaders.millis("soon".getBytes(StandardCharsets.UTF_8)))
                .isEmpty();
        assertThat(RecordHeaders.millis(new byte[1 << 20])).isEmpty();
    }
}
