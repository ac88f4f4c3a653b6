package dev.collapsemonitor.standalone;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code runs}: what Kafka knows of runs. */
@Command(
        name = "runs",
        description = "Lists the runs that Kafka knows, or deletes one.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {RunsListCommand.class, RunsDeleteCommand.class})
final class RunsCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "say what to do with runs: list or delete");
    }
}
