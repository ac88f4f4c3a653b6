package dev.collapsemonitor.standalone;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options that every command has. */
final class SharedOptions {
    /** Read by {@link Defaults} before picocli parses anything; declared here for the help and the syntax check. */
    @Option(
            names = Defaults.CONFIG_OPTION,
            paramLabel = "FILE",
            description =
                    "Defaults of the options, names without dashes: NAME: VALUE in a .yaml file, else NAME=VALUE lines.")
    Path config;

    @Option(
            names = {"-v", "--verbose"},
            description = "Log at INFO, and print stack traces.")
    boolean verbose;
}
