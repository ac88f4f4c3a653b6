package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.analyze.AnalyzeCommand;
import dev.collapsemonitor.standalone.export.ExportCommand;
import dev.collapsemonitor.standalone.report.ReportCommand;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Entry of the command line: the root command and what all commands share. */
@Command(
        name = "collapse",
        description = "Watches neural collapse and low-rank bias while networks train.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            BrokerCommand.class,
            MonitorCommand.class,
            TopicsCommand.class,
            RunsCommand.class,
            AnalyzeCommand.class,
            ExportCommand.class,
            ReportCommand.class,
            BenchCommand.class,
        },
        footer = {
            "",
            "Every option can also be set in the environment (--http-port as COLLAPSE_HTTP_PORT) or in a file given"
                    + " with --config: NAME.yaml with lines such as http-port: 8081, or any other name with lines such as"
                    + " http-port=8081 (monitor.http-port for one command). A flag wins over the environment, the"
                    + " environment over the file.",
        })
public final class Collapse implements Runnable {
    @Spec
    private CommandSpec spec;

    private Collapse() {}

    public static void main(String[] args) {
        System.exit(run(args, System.getenv(), new PrintWriter(System.out, true), new PrintWriter(System.err, true)));
    }

    /** Runs one command; returns the exit status. */
    static int run(String[] args, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        CommandLine commands = commands().setOut(out).setErr(err);
        ErrorLines errors = new ErrorLines();
        commands.setParameterExceptionHandler(errors);
        commands.setExecutionExceptionHandler(errors);
        commands.setExecutionStrategy(parsed -> {
            Logging.configure(isVerbose(parsed));
            return new CommandLine.RunLast().execute(parsed);
        });
        try {
            commands.setDefaultValueProvider(Defaults.of(args, environment, commands));
            return commands.execute(args);
        } catch (UserException e) {
            return errors.report(e, err);
        }
    }

    /** The whole tree of commands, each with the options that all share. */
    static CommandLine commands() {
        CommandLine commands = new CommandLine(new Collapse());
        TrainerCommands.addTo(commands);
        shareOptions(commands);
        commands.setUsageHelpWidth(110);
        commands.setUsageHelpAutoWidth(true);
        return commands;
    }

    private static void shareOptions(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        if (spec.findOption("--help") == null) {
            spec.mixinStandardHelpOptions(true);
        }
        spec.addMixin("shared", CommandSpec.forAnnotatedObject(new SharedOptions()));
        spec.versionProvider(new Version());
        command.getSubcommands().values().forEach(Collapse::shareOptions);
    }

    private static boolean isVerbose(ParseResult parsed) {
        boolean verbose = false;
        for (ParseResult level = parsed; level != null; level = level.subcommand()) {
            verbose |= level.matchedOptionValue("--verbose", false);
        }
        return verbose;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }
}
