package dev.collapsemonitor.trainer.sweep;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Trains the runs of a sweep, some at a time, each by the next worker that is free. Runs that have finished before are
 * skipped; those under way when the sweep ended go on from their checkpoints. A run that fails is noted and the others go
 * on.
 */
public final class Sweep implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final SweepState state;
    private final List<String> connection;
    private final SweepProgress progress;
    private final BooleanSupplier ending;
    private final Queue<SweepRun> waiting;
    private final List<RunWorker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;
    private volatile RuntimeException broken; // null as long as the sweep itself works

    private Sweep(
            List<SweepRun> unfinished,
            SweepState state,
            List<String> connection,
            SweepProgress progress,
            BooleanSupplier ending) {
        this.waiting = new ConcurrentLinkedQueue<>(unfinished);
        this.state = state;
        this.connection = connection;
        this.progress = progress;
        this.ending = ending;
    }

    /** The runs that have not finished yet. */
    public static List<SweepRun> unfinished(List<SweepRun> runs, SweepState state) {
        return runs.stream()
                .filter(run -> state.record(run.name())
                        .filter(record -> record.state() == RunRecord.State.FINISHED)
                        .isEmpty())
                .toList();
    }

    /**
     * Starts.
     *
     * @param unfinished the runs to train
     * @param connection options of {@code train} that say where Kafka is
     * @param concurrent how many at a time
     * @param supply makes a worker
     * @param ending whether somebody asked us to end, about now: a run whose process dies then has not failed
     */
    public static Sweep start(
            List<SweepRun> unfinished,
            SweepState state,
            List<String> connection,
            int concurrent,
            Supplier<RunWorker> supply,
            SweepProgress progress,
            BooleanSupplier ending) {
        Sweep sweep = new Sweep(unfinished, state, connection, progress, ending);
        for (int i = 0; i < Math.min(concurrent, unfinished.size()); i++) {
            RunWorker worker = supply.get();
            sweep.workers.add(worker);
            Thread thread = new Thread(() -> sweep.work(worker), "sweep-" + i);
            thread.setDaemon(true);
            sweep.threads.add(thread);
        }
        sweep.threads.forEach(Thread::start);
        return sweep;
    }

    /**
     * Whether every run has ended.
     *
     * @throws RuntimeException when the sweep itself cannot go on, such as for a full disk
     */
    public boolean isDone() {
        if (broken != null) {
            throw broken;
        }
        progress.tick();
        return threads.stream().noneMatch(Thread::isAlive) && broken == null;
    }

    private void work(RunWorker worker) {
        try {
            for (SweepRun run = waiting.poll(); run != null && !closed; run = waiting.poll()) {
                train(run, worker);
            }
        } catch (RuntimeException e) {
            broken = e;
        }
    }

    private void train(SweepRun run, RunWorker worker) {
        boolean again = state.record(run.name()).isPresent();
        RunRecord record = RunRecord.started(run);
        state.write(record);
        progress.started(run.name(), again, state.log(run.name()));
        List<String> arguments = new ArrayList<>(List.of("train"));
        arguments.addAll(run.arguments());
        arguments.addAll(connection);
        arguments.addAll(List.of("--json", "--checkpoint-dir=" + state.checkpoints(), "--resume"));
        RunWorker.Outcome outcome = worker.run(arguments, state.log(run.name()));
        if (closed || (outcome instanceof RunWorker.Outcome.Lost && ending.getAsBoolean())) {
            return; // it goes on next time
        }
        RunRecord result = result(record, outcome);
        state.write(result);
        if (result.state() == RunRecord.State.FINISHED) {
            state.checkpoints(run).clear();
        }
        progress.ended(result);
    }

    private RunRecord result(RunRecord record, RunWorker.Outcome outcome) {
        String lastLine = LogFile.lastLine(state.log(record.run()));
        if (outcome instanceof RunWorker.Outcome.Ended ended) {
            if (ended.status() != 0) {
                return record.failed(lastLine);
            }
            try {
                return record.finished(JSON.readTree(ended.output()));
            } catch (JsonProcessingException e) {
                return record.failed("it printed no summary: " + ended.output());
            }
        }
        return record.failed(((RunWorker.Outcome.Lost) outcome).how() + "; it said last: " + lastLine);
    }

    /** Ends the runs under way; they go on when the sweep is started again. */
    @Override
    public void close() {
        closed = true;
        workers.forEach(RunWorker::close);
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
