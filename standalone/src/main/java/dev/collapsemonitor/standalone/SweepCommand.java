package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.command.KafkaOptions;
import dev.collapsemonitor.trainer.sweep.Sweep;
import dev.collapsemonitor.trainer.sweep.SweepPlan;
import dev.collapsemonitor.trainer.sweep.SweepProgress;
import dev.collapsemonitor.trainer.sweep.SweepRun;
import dev.collapsemonitor.trainer.sweep.SweepState;
import dev.collapsemonitor.trainer.sweep.SweepTable;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sweep}: many training runs from one file. */
@Command(
        name = "sweep",
        description = {
            "Trains many runs from one YAML file, a few at a time. Started again, it skips the runs that have finished"
                    + " and continues those that were interrupted. A run that fails does not end the others.",
            "",
            "Keys of the file: common (options of train for all runs), grid (key: [values], all combinations), list"
                    + " (settings that belong together), seeds, experiment, concurrent, name (template such as"
                    + " \"{optimizer}-lr{lr}-s{seed}\"), report (what `report --study FILE` shows).",
        })
final class SweepCommand implements Callable<Integer> {
    private static final int INTERRUPTED = 130; // as shells have it
    private static final Duration POLL_INTERVAL = Duration.ofMillis(200);
    private static final int MOST_MEMORY_PERCENT = 25; // as the JVM has it for one process
    private static final int ALL_MEMORY_PERCENT = 60;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The sweep, YAML.")
    private Path file;

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    @Option(
            names = "--set",
            paramLabel = "OPTION=VALUE",
            description = "An option of train for all runs, over what common says: --set dataset=mnist"
                    + " --set data-dir=DIR. May be given several times.")
    private Map<String, String> set = Map.of();

    @Option(
            names = "--concurrent",
            paramLabel = "N",
            description = "Runs at a time. Default: what the file says, else one per core.")
    private Integer concurrent;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "What is done, logs and checkpoints. Default: .NAME.sweep beside NAME.yaml.")
    private Path stateDirectory;

    @Option(names = "--json", description = "Print the table as one line of JSON.")
    private boolean json;

    @Override
    public Integer call() {
        if (concurrent != null && concurrent < 1) {
            throw new UserException("--concurrent " + concurrent + " is no number of runs; give 1 or more");
        }
        SweepPlan plan = SweepPlan.read(file, set);
        Path directory = stateDirectory == null ? SweepState.usualDirectory(file) : stateDirectory;
        try (Termination termination = Termination.onSignal(INTERRUPTED);
                SweepState state = SweepState.open(directory)) {
            state.requireUnchanged(plan.runs());
            List<SweepRun> unfinished = Sweep.unfinished(plan.runs(), state);
            if (!unfinished.isEmpty() && !train(plan, unfinished, state, termination)) {
                return INTERRUPTED;
            }
            SweepTable table = new SweepTable(plan.runs(), state);
            PrintWriter out = spec.commandLine().getOut();
            out.println(json ? table.toJson() : table.toText().stripTrailing());
            out.flush();
            if (table.failed() > 0) {
                throw new UserException(table.failed() + " of " + plan.runs().size() + " runs failed, logs in "
                        + directory + "; the same command tries them again");
            }
        }
        return 0;
    }

    /** Returns whether it came to the end. */
    private boolean train(SweepPlan plan, List<SweepRun> unfinished, SweepState state, Termination termination) {
        kafka.broker().with(plan.producer()).check();
        int cores = Runtime.getRuntime().availableProcessors();
        int wanted = concurrent != null ? concurrent : plan.concurrent().orElse(cores);
        int parallel = Math.min(wanted, unfinished.size());
        int total = plan.runs().size();
        PrintWriter progress = spec.commandLine().getErr();
        progress.println("sweep " + plan.experiment() + ": " + total + " runs, " + (total - unfinished.size())
                + " finished before, " + parallel + " at a time; state and logs in " + state.directory());
        AtomicInteger number = new AtomicInteger();
        try (Sweep sweep = Sweep.start(
                unfinished,
                state,
                kafka.arguments(),
                parallel,
                () -> new WorkerProcess(
                        jvmOptions(parallel),
                        Math.max(1, cores / parallel),
                        state.directory().resolve("worker-" + number.getAndIncrement() + ".err")),
                new SweepProgress(progress, total, total - unfinished.size(), parallel, System::nanoTime),
                () -> termination.isRequestedWithin(Duration.ofSeconds(1)))) {
            if (termination.poll(sweep::isDone, POLL_INTERVAL)) {
                return true;
            }
            progress.println("ending the runs under way");
        }
        progress.println("interrupted, " + new SweepTable(plan.runs(), state).finished() + " of " + total
                + " runs are finished; the same command goes on");
        return false;
    }

    /** The heap that we were given; else a share of the memory that leaves room for all workers. */
    private static List<String> jvmOptions(int parallel) {
        List<String> options = new ArrayList<>(List.of("-XX:+ExitOnOutOfMemoryError"));
        List<String> ours = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("-Xmx") || option.startsWith("--enable-native-access"))
                .toList();
        options.addAll(ours);
        if (ours.stream().noneMatch(option -> option.startsWith("-Xmx"))) {
            options.add("-XX:MaxRAMPercentage="
                    + Math.min(MOST_MEMORY_PERCENT, Math.max(1, ALL_MEMORY_PERCENT / parallel)));
        }
        return options;
    }
}
