package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Arguments of {@code train}, checked without training.
 *
 * @param settings all that decides how the network is trained and what is published, by option without dashes
 * @param producer settings of the Kafka clients
 */
public record TrainArguments(Map<String, String> settings, Map<String, String> producer) {
    public TrainArguments {
        settings = Map.copyOf(settings);
        producer = Map.copyOf(producer);
    }

    /** Names of the options, without dashes. */
    public static Set<String> options() {
        Set<String> names = new TreeSet<>();
        for (OptionSpec option :
                new CommandLine(new TrainCommand()).getCommandSpec().options()) {
            if (!option.usageHelp() && !option.versionHelp()) {
                names.add(option.longestName().replaceFirst("^--", ""));
            }
        }
        return names;
    }

    /**
     * Checks everything that can be checked without the data.
     *
     * @throws UserException saying what is wrong
     */
    public static TrainArguments check(List<String> arguments) {
        TrainCommand command = new TrainCommand();
        try {
            new CommandLine(command).parseArgs(arguments.toArray(String[]::new));
        } catch (CommandLine.ParameterException e) {
            throw new UserException(e.getMessage().replaceAll("\\s*\\R\\s*", " "), e);
        }
        TrainingPlan.of(command, new PrintWriter(Writer.nullWriter()));
        return new TrainArguments(TrainingSettings.withPublishing(command.spec), command.publishing.producer);
    }
}
