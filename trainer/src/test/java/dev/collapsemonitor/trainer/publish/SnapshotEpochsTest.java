package dev.collapsemonitor.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotEpochsTest {
    @Test
    void shouldTakeEveryNthTheFirstAndTheLast() {
        assertThat(due("4", 10)).containsExactly(0, 4, 8, 10);
    }

    @Test
    void shouldTakeTheListedTheFirstAndTheLast() {
        assertThat(due("1, 3", 10)).containsExactly(0, 1, 3, 10);
    }

    @Test
    void shouldSpreadGeometrically() {
        assertThat(due("geometric:4", 27)).containsExactly(0, 1, 3, 9, 27);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "0", "-1", "1,,2", "geometric:", "geometric:1"})
    void shouldRefuseWhatItDoesNotKnow(String text) {
        assertThatThrownBy(() -> SnapshotEpochs.parse(text)).isInstanceOf(UserException.class);
    }

    private static List<Integer> due(String text, int total) {
        SnapshotEpochs epochs = SnapshotEpochs.parse(text);
        return IntStream.rangeClosed(0, total)
                .filter(epoch -> epochs.due(epoch, total))
                .boxed()
                .toList();
    }
}
