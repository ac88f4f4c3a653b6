package dev.collapsemonitor.trainer.sweep;

import java.nio.file.Path;
import java.util.List;

/** Trains runs one after the other, in a process of its own. */
public interface RunWorker extends AutoCloseable {
    /** How a run ended. */
    sealed interface Outcome {
        /**
         * By itself.
         *
         * @param status 0 when all is well
         * @param output what it printed on standard output
         */
        record Ended(int status, String output) implements Outcome {}

        /** With its process, whose end is described. */
        record Lost(String how) implements Outcome {}
    }

    /**
     * Trains one run; a process that was lost before is replaced.
     *
     * @param arguments the command and its options
     * @param log where the run's standard error goes
     */
    Outcome run(List<String> arguments, Path log);

    /** Ends the process, whatever it does; another thread may be waiting in {@link #run}. */
    @Override
    void close();
}
