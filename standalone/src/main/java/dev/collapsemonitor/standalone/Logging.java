package dev.collapsemonitor.standalone;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/** The log's level. Where it goes is in {@code logback.xml}: to standard error, never to standard output. */
final class Logging {
    private Logging() {}

    /** WARN and, for loggers that repeat themselves, ERROR; all of them INFO when verbose. */
    static void configure(boolean verbose) {
        if (!verbose || !(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        for (Logger logger : context.getLoggerList()) {
            if (logger.getLevel() != null) {
                logger.setLevel(Level.INFO);
            }
        }
    }
}
