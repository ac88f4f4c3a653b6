package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script in a made-up checkout, with a Maven and a Java that only say what they were asked. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    @TempDir
    Path directory;

    private Path checkout;
    private Path bin;
    private Path source;

    @BeforeEach
    void makeCheckout() throws IOException {
        checkout = Files.createDirectories(directory.resolve("check out"));
        bin = Files.createDirectory(directory.resolve("bin"));
        Files.copy(Path.of("..", "collapse"), checkout.resolve("collapse"));
        executable(checkout.resolve("collapse"));
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        Files.createDirectories(checkout.resolve("standalone"));
        Files.writeString(checkout.resolve("standalone/pom.xml"), "<project/>");
        source = Files.writeString(
                Files.createDirectories(checkout.resolve("monitor/src/main")).resolve("A.java"), "class A {}");
        program("java", """
                if [ "$1" = -version ]; then echo 'openjdk version "17.0.1" 2026-01-01' >&2; exit; fi
                printf '%s\\n' "$@"
                """);
        program("javac", "");
        program("mvn", """
                echo build >>../builds
                touch dependency.jar standalone/target/collapse-standalone-1.jar
                printf '%s' "$PWD/dependency.jar" >standalone/target/launcher/classpath
                """);
    }

    @Test
    void buildsOnceAndThenOnlyWhatHasChanged() throws Exception {
        Result first = launch("train", "--run", "a b");
        assertThat(first.err).startsWith("building, about a minute the first time");
        assertThat(first.out.lines())
                .contains("dev.collapsemonitor.standalone.Collapse", "train", "--run", "a b")
                .contains(checkout.toRealPath() + "/standalone/target/collapse-standalone-1.jar:"
                        + checkout.toRealPath() + "/dependency.jar");
        assertThat(launch("train").err).isEmpty();
        assertThat(builds()).isEqualTo(1);

        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        assertThat(launch("train").err).startsWith("building what has changed");
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void buildsAgainWhenAJarIsGone() throws Exception {
        launch();
        Files.delete(checkout.resolve("dependency.jar"));
        launch();
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void buildsOnceForSeveralLaunchersAtOnce() throws Exception {
        List<Process> launchers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            launchers.add(start(checkout.resolve("collapse"), List.of("x")));
        }
        for (Process launcher : launchers) {
            assertThat(result(launcher).status).isZero();
        }
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void takesOverTheLockOfALauncherThatWasKilled() throws Exception {
        Path lock = Files.createDirectories(checkout.resolve("standalone/target/launcher/lock"));
        Process ended = new ProcessBuilder("true").start();
        assertThat(ended.waitFor(10, TimeUnit.SECONDS)).isTrue();
        Files.writeString(lock.resolve("pid"), Long.toString(ended.pid()));

        assertThat(launch().status).isZero();
        assertThat(builds()).isEqualTo(1);
        assertThat(lock).doesNotExist();
    }

    @Test
    void showsWhatMavenSaysWhenTheBuildFails() throws Exception {
        program("mvn", "echo '[ERROR] no such symbol'; exit 1");
        Result result = launch();
        assertThat(result.status).isEqualTo(1);
        assertThat(result.err).contains("[ERROR] no such symbol", "collapse: the build failed; the whole log is ");
        assertThat(result.out).isEmpty();
        assertThat(checkout.resolve("standalone/target/launcher/lock")).doesNotExist();
    }

    @Test
    void refusesAnOldJava() throws Exception {
        program("java", "echo 'java version \"1.8.0_402\"' >&2");
        Result result = launch();
        assertThat(result.status).isEqualTo(1);
        assertThat(result.err)
                .startsWith("collapse: " + bin.resolve("java") + " is Java \"1.8.0_402\"; install a JDK 17")
                .hasLineCount(1);
    }

    @Test
    void runsThePackagedJarsWithoutABuildAndThroughALink() throws Exception {
        Path library = Files.createDirectory(checkout.resolve("lib"));
        Files.createFile(library.resolve("a.jar"));
        Path link = Files.createSymbolicLink(bin.resolve("linked"), Path.of("../check out/collapse"));

        Result result = result(start(link, List.of("monitor")));
        assertThat(result.err).isEmpty();
        assertThat(result.out.lines()).contains(library.toRealPath() + "/*", "monitor");
        assertThat(directory.resolve("builds")).doesNotExist();
    }

    private Result launch(String... arguments) throws Exception {
        return result(start(checkout.resolve("collapse"), List.of(arguments)));
    }

    private Process start(Path script, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().remove("JAVA_HOME");
        builder.environment().merge("PATH", bin.toString(), (path, ours) -> ours + ":" + path);
        return builder.start();
    }

    private static Result result(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), out, err);
    }

    private long builds() throws IOException {
        try (var lines = Files.lines(directory.resolve("builds"))) {
            return lines.count();
        }
    }

    private void program(String name, String body) throws IOException {
        executable(Files.writeString(bin.resolve(name), "#!/bin/sh\n" + body));
    }

    private static void executable(Path file) {
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private record Result(int status, String out, String err) {}
}
