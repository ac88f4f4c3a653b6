package dev.collapsemonitor.trainer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the public data sets that lie beside a checkout, or skips the test that wants them. */
public final class SharedData {
    private SharedData() {}

    /** A directory below {@code data}; system property {@code collapse.shared} says where else to look. */
    public static Path require(String name) {
        Stream<String> places = Stream.concat(
                Stream.ofNullable(System.getProperty("collapse.shared")),
                Stream.of("../shared", "../../shared", "../../../shared"));
        Optional<Path> found = places.map(place -> Path.of(place, "data", name))
                .filter(Files::isDirectory)
                .findFirst();
        assumeTrue(found.isPresent(), () -> "no shared/data/" + name + " beside the checkout: skipped");
        return found.orElseThrow();
    }
}
