package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.junit.jupiter.api.Test;

class FirstLineConverterTest {
    @Test
    void aWarningIsItsFirstLineAndSettingsAreShownWhole() {
        String message =
                "Exception caught while committing tasks [TaskId: 0_11\n\tProcessorTopology:\r\n\t\tweights:\n]";
        assertThat(line(Level.ERROR, message)).isEqualTo("Exception caught while committing tasks [TaskId: 0_11");
        assertThat(line(Level.WARN, "no line break")).isEqualTo("no line break");
        assertThat(line(Level.WARN, "")).isEmpty();
        assertThat(line(Level.INFO, message)).isEqualTo(message);
    }

    private static String line(Level level, String message) {
        LoggingEvent event = new LoggingEvent(
                "", new LoggerContext().getLogger("org.apache.kafka.streams"), level, message, null, null);
        return new FirstLineConverter().convert(event);
    }
}
