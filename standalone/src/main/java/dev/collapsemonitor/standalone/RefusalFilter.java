package dev.collapsemonitor.standalone;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;

/**
 * Keeps out of the log what Kafka's clients say when a broker refuses us: each layer of them does, with stack traces, and
 * the command says it in one line. With --verbose it stays.
 */
public final class RefusalFilter extends Filter<ILoggingEvent> {
    private static final List<String> REFUSALS =
            List.of("AuthorizationException", "AuthenticationException", "failed authentication");

    @Override
    public FilterReply decide(ILoggingEvent event) {
        if (!event.getLoggerName().startsWith("org.apache.kafka.") || isVerbose()) {
            return FilterReply.NEUTRAL;
        }
        boolean refusal = isRefusal(event.getFormattedMessage());
        for (IThrowableProxy cause = event.getThrowableProxy(); cause != null; cause = cause.getCause()) {
            refusal |= isRefusal(cause.getClassName());
        }
        return refusal ? FilterReply.DENY : FilterReply.NEUTRAL;
    }

    private static boolean isRefusal(String text) {
        return REFUSALS.stream().anyMatch(text::contains);
    }

    private boolean isVerbose() {
        return getContext() instanceof LoggerContext context
                && Level.INFO.isGreaterOrEqual(
                        context.getLogger(Logger.ROOT_LOGGER_NAME).getLevel());
    }
}
