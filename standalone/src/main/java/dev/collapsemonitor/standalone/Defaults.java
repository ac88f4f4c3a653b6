package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.settings.NearestName;
import dev.collapsemonitor.trainer.settings.PropertiesFile;
import dev.collapsemonitor.trainer.settings.YamlFile;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Values of options that are not on the command line: first the environment ({@code --http-port} is
 * {@code COLLAPSE_HTTP_PORT}), then the file of {@code --config} ({@code monitor.http-port} for one command, else
 * {@code http-port}). A file whose name ends with {@code .yaml} or {@code .yml} is YAML, any other has {@code key=value}
 * lines.
 */
final class Defaults implements IDefaultValueProvider {
    static final String CONFIG_OPTION = "--config";

    private static final String ENVIRONMENT_PREFIX = "COLLAPSE_";

    private final Map<String, String> environment;
    private final Map<String, String> file;

    private Defaults(Map<String, String> environment, Map<String, String> file) {
        this.environment = environment;
        this.file = file;
    }

    /**
     * Reads the file that the arguments or the environment name, if any.
     *
     * @throws UserException when the file cannot be read or sets an option that no command has
     */
    static Defaults of(String[] args, Map<String, String> environment, CommandLine commands) {
        String path = configPath(args);
        if (path == null) {
            path = environment.get(ENVIRONMENT_PREFIX + "CONFIG");
        }
        if (path == null) {
            return new Defaults(environment, Map.of());
        }
        Path named = Path.of(path);
        Map<String, String> file = YamlFile.isNamed(named)
                ? YamlDefaults.read(CONFIG_OPTION + " " + path, named, commandNames(commands))
                : PropertiesFile.read(CONFIG_OPTION, named);
        requireKnown(path, file.keySet(), commands);
        return new Defaults(environment, file);
    }

    @Override
    public String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || !isConfigurable(option)) {
            return null;
        }
        String name = name(option);
        String value = environment.get(
                ENVIRONMENT_PREFIX + name.toUpperCase(Locale.ROOT).replace('-', '_'));
        if (value == null) {
            value = file.getOrDefault(option.command().name() + "." + name, file.get(name));
        }
        return value;
    }

    /** Before picocli parses: it asks for defaults first and for the file's name afterwards. */
    private static String configPath(String[] args) {
        for (int i = 0; i < args.length && !args[i].equals("--"); i++) {
            if (args[i].equals(CONFIG_OPTION) && i + 1 < args.length) {
                return args[i + 1];
            }
            if (args[i].startsWith(CONFIG_OPTION + "=")) {
                return args[i].substring(CONFIG_OPTION.length() + 1);
            }
        }
        return null;
    }

    /** A misspelt key must not silently leave the default in force. */
    private static void requireKnown(String path, Set<String> keys, CommandLine commands) {
        Set<String> known = new TreeSet<>();
        for (CommandLine command : commands.getSubcommands().values()) {
            for (OptionSpec option : command.getCommandSpec().options()) {
                if (isConfigurable(option)) {
                    known.add(name(option));
                    known.add(command.getCommandName() + "." + name(option));
                }
            }
        }
        for (String key : keys) {
            if (!known.contains(key)) {
                throw new UserException(CONFIG_OPTION + " " + path + " sets \"" + key
                        + "\", which is no option of any command; the keys are option names without dashes"
                        + NearestName.hint(key, known));
            }
        }
    }

    private static Set<String> commandNames(CommandLine commands) {
        return commands.getSubcommands().keySet();
    }

    private static boolean isConfigurable(OptionSpec option) {
        return !option.usageHelp()
                && !option.versionHelp()
                && !option.longestName().equals(CONFIG_OPTION);
    }

    private static String name(OptionSpec option) {
        return option.longestName().replaceFirst("^-+", "");
    }
}
