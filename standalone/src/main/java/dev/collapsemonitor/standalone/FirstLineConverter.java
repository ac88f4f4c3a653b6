package dev.collapsemonitor.standalone;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * The first line of a warning or an error: Kafka Streams adds the topology of every task to what it says about a lost
 * membership, some hundred lines. What is logged at INFO, such as settings, is shown whole.
 */
public final class FirstLineConverter extends MessageConverter {
    @Override
    public String convert(ILoggingEvent event) {
        String message = super.convert(event);
        if (message == null || !event.getLevel().isGreaterOrEqual(Level.WARN)) {
            return message;
        }
        return message.lines().findFirst().orElse("");
    }
}
