package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceIdTest {
    @TempDir
    private Path directory;

    @Test
    void aRestartOnTheSameDirectoryHasTheSameName() {
        String first = claim("a");
        assertThat(claim("a")).isEqualTo(first);
        assertThat(claim("b")).isNotEqualTo(first);
    }

    @Test
    void twoMonitorsNeverShareAName() {
        try (InstanceId first = InstanceId.claim(directory)) {
            assertThat(first.value()).isNotEmpty();
            assertThatThrownBy(() -> InstanceId.claim(directory))
                    .isInstanceOf(UserException.class)
                    .hasMessage("another monitor uses the state directory " + directory
                            + "; stop it or choose another with --state-dir");
        }
        InstanceId.claim(directory).close();
    }

    @Test
    void aNameThatWasCutByACrashIsReplaced() throws IOException {
        Files.writeString(directory.resolve("instance-id"), "4f6c");
        String name;
        try (InstanceId id = InstanceId.claim(directory)) {
            name = id.value();
        }
        assertThat(name).hasSize(36);
        try (InstanceId id = InstanceId.claim(directory)) {
            assertThat(id.value()).isEqualTo(name);
        }
    }

    @Test
    void aDirectoryThatCannotBeMadeIsSaidSo() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> InstanceId.claim(file))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("cannot write to the state directory " + file);
    }

    private String claim(String name) {
        try (InstanceId id = InstanceId.claim(directory.resolve(name))) {
            return id.value();
        }
    }
}
