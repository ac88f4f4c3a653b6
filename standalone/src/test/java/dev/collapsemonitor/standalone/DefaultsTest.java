package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

class DefaultsTest {
    @TempDir
    Path directory;

    private final Serve serve = new Serve();
    private final CommandLine commands = new CommandLine(new Root()).addSubcommand(serve);
    private Path file;

    @BeforeEach
    void nameFile() {
        file = directory.resolve("settings.properties");
    }

    @Test
    void aFlagWinsOverTheEnvironmentAndTheEnvironmentOverTheFile() throws Exception {
        Files.writeString(file, "http-port=1\nhost=from-file\nname=from-file\n");
        parse(
                Map.of("COLLAPSE_HTTP_PORT", "2", "COLLAPSE_HOST", "from-environment"),
                "serve",
                "--config",
                file.toString(),
                "--http-port=3");

        assertThat(serve.httpPort).isEqualTo(3);
        assertThat(serve.host).isEqualTo("from-environment");
        assertThat(serve.name).isEqualTo("from-file");
    }

    @Test
    void withoutAnyTheDeclaredDefaultHolds() {
        parse(Map.of(), "serve", "--name=x");
        assertThat(serve.httpPort).isEqualTo(8080);
        assertThat(serve.dry).isFalse();
    }

    @Test
    void theEnvironmentNamesTheFileToo() throws Exception {
        Files.writeString(file, "name=from-file\ndry=true\n");
        parse(Map.of("COLLAPSE_CONFIG", file.toString()), "serve");
        assertThat(serve.name).isEqualTo("from-file");
        assertThat(serve.dry).isTrue();
    }

    @Test
    void aKeyForOneCommandWinsOverTheGeneralKey() throws Exception {
        Files.writeString(file, "name=all\nserve.name=mine\n");
        parse(Map.of(), "serve", "--config=" + file);
        assertThat(serve.name).isEqualTo("mine");
    }

    @Test
    void aMisspeltKeyIsRefused() throws Exception {
        Files.writeString(file, "htpp-port=1\n");
        assertThatThrownBy(() -> parse(Map.of(), "serve", "--config", file.toString()))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--config " + file + " sets \"htpp-port\"");
    }

    @Test
    void aYamlFileHasTheSameKeys() throws Exception {
        file = directory.resolve("settings.yaml");
        Files.writeString(
                file, "name: from-file\nhttp-port: 0x10\ndry: true\nserve:\n  host: mine\n  tags: {a: b, c: 1e-3}\n");
        parse(Map.of(), "serve", "--config", file.toString(), "--http-port=3");
        assertThat(serve.name).isEqualTo("from-file");
        assertThat(serve.host).isEqualTo("mine");
        assertThat(serve.httpPort).isEqualTo(3);
        assertThat(serve.dry).isTrue();
        assertThat(serve.tags).isEqualTo(Map.of("a", "b", "c", "1e-3"));
    }

    @Test
    void aMisspeltKeyOfAYamlFileIsRefusedWithTheNearest() throws Exception {
        file = directory.resolve("settings.yml");
        Files.writeString(file, "nmae: x\n");
        assertThatThrownBy(() -> parse(Map.of(), "serve", "--config", file.toString()))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(file + " sets \"nmae\"")
                .hasMessageEndingWith("did you mean name?");
    }

    @Test
    void aKeyWithoutAValueTwiceAKeyAndBrokenYamlAreOneLineWithTheirPlace() throws Exception {
        file = directory.resolve("settings.yaml");
        for (String text : new String[] {"name: x\nhost:\n", "name: x\nname: y\n", "name: x\nhost: [a\n", "- a\n"}) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> parse(Map.of(), "serve", "--config", file.toString()))
                    .isInstanceOf(UserException.class)
                    .hasMessageStartingWith("--config " + file)
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
        }
    }

    @Test
    void aMissingFileIsRefused() {
        assertThatThrownBy(() -> parse(Map.of(), "serve", "--config", file.toString()))
                .isInstanceOf(UserException.class)
                .hasMessage("--config " + file + ": there is no such file");
    }

    private void parse(Map<String, String> environment, String... arguments) {
        commands.setDefaultValueProvider(Defaults.of(arguments, environment, commands));
        commands.parseArgs(arguments);
    }

    @Command(name = "root")
    private static final class Root {}

    @Command(name = "serve")
    private static final class Serve {
        @Mixin
        private SharedOptions shared;

        @Option(names = "--http-port", defaultValue = "8080")
        private int httpPort;

        @Option(names = "--host")
        private String host;

        @Option(names = "--name", required = true)
        private String name;

        @Option(names = "--tags", split = ",")
        private Map<String, String> tags;

        @Option(names = "--dry")
        private boolean dry;
    }
}
