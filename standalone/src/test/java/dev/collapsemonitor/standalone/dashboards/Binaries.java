package dev.collapsemonitor.standalone.dashboards;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs that these tests run when the machine has them; {@code .ci/run} installs them. */
public final class Binaries {
    private Binaries() {}

    /** The program's path; where it is absent the test is skipped, saying what to install. */
    public static Path require(String name) {
        Optional<Path> found = Stream.of(
                        System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(
                found.isPresent(),
                () -> "skipped: no " + name + " on the PATH; apt-get install --no-install-recommends prometheus"
                        + " prometheus-alertmanager");
        return found.orElseThrow();
    }
}
