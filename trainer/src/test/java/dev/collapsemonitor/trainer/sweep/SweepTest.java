package dev.collapsemonitor.trainer.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepTest {
    private static final RunWorker.Outcome DONE = new RunWorker.Outcome.Ended(
            0, "{\"loss\":0.25,\"train_error\":0,\"test_error\":0.125,\"seconds\":2.5,\"records_dropped\":1}");

    @TempDir
    Path directory;

    private final List<String> trained = Collections.synchronizedList(new ArrayList<>());
    private final StringWriter said = new StringWriter();
    private final AtomicLong clock = new AtomicLong();
    private List<SweepRun> runs;

    @BeforeEach
    void plan() throws IOException {
        runs = plan("experiment: e\ngrid: {lr: [0.1, 0.2, 0.3]}\nname: \"r{lr}\"\n");
    }

    @Test
    void shouldTrainEveryRunAndSkipAllOfThemTheNextTime() throws IOException {
        sweep(runs, 2, run -> DONE);
        assertThat(trained).containsExactlyInAnyOrder("r0.1", "r0.2", "r0.3");
        assertThat(said.toString()).contains("finished r0.2: loss 0.25, train error 0, test error 0.125, 2.5 s (");
        trained.clear();
        sweep(runs, 2, run -> DONE);
        assertThat(trained).isEmpty();
    }

    @Test
    void shouldNoteARunThatFailsGoOnWithTheOthersAndTryItAgainTheNextTime() throws IOException {
        sweep(runs, 1, run -> run.equals("r0.2") ? failure("collapse: class 3 has no samples") : DONE);
        assertThat(trained).containsExactly("r0.1", "r0.2", "r0.3");
        try (SweepState state = SweepState.open(directory.resolve("state"))) {
            SweepTable table = new SweepTable(runs, state);
            assertThat(table.failed()).isEqualTo(1);
            assertThat(table.finished()).isEqualTo(2);
            assertThat(table.toText().lines().toList())
                    .hasSize(5)
                    .anySatisfy(line -> assertThat(line).matches("r0.2 +0.2 +- +- +- +- +- +failed"))
                    .anySatisfy(line -> assertThat(line).matches("r0.3 +0.3 +0.25 +0 +0.125 +2.5 +1 +finished"))
                    .endsWith("r0.2: class 3 has no samples");
            JsonNode json = new ObjectMapper().readTree(table.toJson());
            assertThat(json.at("/runs/1/error").asText()).isEqualTo("class 3 has no samples");
            assertThat(json.at("/runs/2/summary/loss").asDouble()).isEqualTo(0.25);
        }
        trained.clear();
        sweep(runs, 1, run -> DONE);
        assertThat(trained).containsExactly("r0.2");
    }

    @Test
    void shouldNotEndAsIfAllWereWellWhenItCannotGoOn() {
        assertThatThrownBy(() -> sweep(runs, 2, run -> {
                    throw new UncheckedIOException(new IOException("the disk is full"));
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("the disk is full");
    }

    @Test
    void shouldNoteARunWhoseProcessDies() throws IOException {
        sweep(
                runs,
                1,
                run -> run.equals("r0.1") ? new RunWorker.Outcome.Lost("its process ended with status 134") : DONE);
        assertThat(said.toString()).contains("FAILED   r0.1: its process ended with status 134; it said last: ");
        assertThat(trained).hasSize(3);
    }

    @Test
    void shouldLetRunsGoOnTheNextTimeThatEndedWithTheSweep() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        try (SweepState state = SweepState.open(directory.resolve("state"))) {
            Sweep sweep = start(
                    state,
                    runs,
                    1,
                    run -> {
                        began.countDown();
                        await(released);
                        return new RunWorker.Outcome.Lost("killed");
                    },
                    released::countDown);
            began.await();
            sweep.close();
            assertThat(state.record("r0.1").orElseThrow().state()).isEqualTo(RunRecord.State.STARTED);
            assertThat(state.record("r0.2")).isEmpty();
            assertThat(new SweepTable(runs, state).toText())
                    .contains("unfinished")
                    .contains("waiting");
        }
        trained.clear();
        sweep(runs, 1, run -> DONE);
        assertThat(trained).hasSize(3);
        assertThat(said.toString()).contains("goes on  r0.1").contains("starts   r0.2");
    }

    @Test
    void shouldRefuseToChangeARunThatWasTrainedAndSayHowToBeginAnew() throws IOException {
        sweep(runs, 1, run -> run.equals("r0.3") ? failure("out of luck") : DONE);
        List<SweepRun> changed =
                plan("experiment: e\ngrid: {lr: [0.1, 0.2, 0.3]}\nname: \"r{lr}\"\ncommon: {epochs: 7}\n");
        try (SweepState state = SweepState.open(directory.resolve("state"))) {
            assertThatThrownBy(() -> state.requireUnchanged(changed))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("run r0.1 was started with epochs 40, not 7; ")
                    .hasMessageContaining("r0.1.json");
            state.requireUnchanged(changed.subList(2, 3)); // a failed one may be mended
        }
    }

    @Test
    void shouldRefuseToShareItsStateWithASweepUnderWay() {
        try (SweepState state = SweepState.open(directory)) {
            assertThatThrownBy(() -> SweepState.open(state.directory()))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("another sweep is under way");
        }
        SweepState.open(directory).close();
    }

    @Test
    void shouldEstimateTheRestAndSayInQuietTimesWhatRunsSaidLast() throws IOException {
        SweepProgress progress = new SweepProgress(new PrintWriter(said), 5, 1, 2, clock::get);
        Path log = Files.writeString(directory.resolve("a.log"), "a: epoch 1 of 9\n\n");
        progress.started("a", false, log);
        progress.tick();
        assertThat(said.toString()).isEqualTo("starts   a (1/5 finished, 1 running, 0 failed)\n");
        clock.addAndGet(31_000_000_000L);
        progress.tick();
        assertThat(said.toString()).contains("a: epoch 1 of 9\n");
        progress.ended(RunRecord.started(runs.get(0))
                .finished(new ObjectMapper().readTree(((RunWorker.Outcome.Ended) DONE).output())));
        assertThat(said.toString()).endsWith("failed, about 5 s left)\n"); // 3 left, 2 at a time, 2.5 s each
    }

    private void sweep(List<SweepRun> all, int concurrent, Function<String, RunWorker.Outcome> outcome)
            throws IOException {
        try (SweepState state = SweepState.open(directory.resolve("state"));
                Sweep sweep = start(state, Sweep.unfinished(all, state), concurrent, outcome, () -> {})) {
            while (!sweep.isDone()) {
                Thread.onSpinWait();
            }
        }
    }

    private Sweep start(
            SweepState state,
            List<SweepRun> unfinished,
            int concurrent,
            Function<String, RunWorker.Outcome> outcome,
            Runnable close) {
        SweepProgress progress = new SweepProgress(
                new PrintWriter(said), runs.size(), runs.size() - unfinished.size(), concurrent, clock::get);
        return Sweep.start(
                unfinished,
                state,
                List.of("--bootstrap=b:1"),
                concurrent,
                () -> new FakeWorker(outcome, close),
                progress,
                () -> false);
    }

    private static RunWorker.Outcome failure(String line) {
        return new RunWorker.Outcome.Ended(1, line);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<SweepRun> plan(String text) throws IOException {
        return SweepPlan.read(Files.writeString(directory.resolve("e.yaml"), text), Map.of())
                .runs();
    }

    /** Trains nothing; a failure's output stands for what the run wrote to its log. */
    private final class FakeWorker implements RunWorker {
        private final Function<String, Outcome> outcome;
        private final Runnable close;

        FakeWorker(Function<String, Outcome> outcome, Runnable close) {
            this.outcome = outcome;
            this.close = close;
        }

        @Override
        public Outcome run(List<String> arguments, Path log) {
            assertThat(arguments).startsWith("train").contains("--bootstrap=b:1", "--json", "--resume");
            String run = arguments.get(1).replace("--run=", "");
            trained.add(run);
            Outcome result = outcome.apply(run);
            if (result instanceof Outcome.Ended ended && ended.status() != 0) {
                try {
                    Files.writeString(log, ended.output() + "\n");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return result;
        }

        @Override
        public void close() {
            close.run();
        }
    }
}
