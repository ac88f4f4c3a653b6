package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.monitor.exposition.Credentials;
import dev.collapsemonitor.monitor.exposition.HttpSecurity;
import dev.collapsemonitor.protocol.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class HttpSecurityOptionsTest {
    @TempDir
    private Path directory;

    @Test
    void nothingGivenIsNothingGuarded() {
        assertThat(read()).isEqualTo(HttpSecurity.NONE);
    }

    @Test
    void thePasswordIsTheFirstLineOfItsFile() throws Exception {
        Path file = Files.writeString(directory.resolve("secret"), "pass word\n\n");
        assertThat(read("--http-user", "u", "--http-password-file", file.toString())
                        .credentials())
                .contains(new Credentials("u", "pass word"));
        assertThat(read("--http-user", "u", "--http-password", "p").credentials())
                .contains(new Credentials("u", "p"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--http-user u | --http-user u needs a password: set COLLAPSE_HTTP_PASSWORD or --http-password-file",
                "--http-password p | --http-password is given without --http-user",
                "--http-user a:b --http-password p | --http-user \"a:b\" cannot be used; it must not be empty or hold a colon",
                "--http-user u --http-password= | --http-password is empty; set a password",
                "--http-tls-keystore k | --http-tls-keystore k needs its password: set"
                        + " COLLAPSE_HTTP_TLS_KEYSTORE_PASSWORD or --http-tls-keystore-password-file",
                "--http-tls-keystore-password p | --http-tls-keystore-password is given without --http-tls-keystore",
                "--http-tls-keystore k --http-tls-keystore-password p |"
                        + " keystore k cannot be read; correct --http-tls-keystore",
                "--http-user u --http-password p --http-password-file f |"
                        + " --http-password and --http-password-file are both given; one is enough"
            })
    void whatDoesNotFitTogetherIsOneLine(String arguments, String message) {
        assertThatThrownBy(() -> read(arguments.split(" ")))
                .isInstanceOf(UserException.class)
                .hasMessage(message);
    }

    @Test
    void openHttpOnANetworkIsWarnedOf() {
        HttpSecurity guarded = new HttpSecurity(Optional.empty(), Optional.of(new Credentials("u", "p")));
        assertThat(HttpSecurityOptions.warning("0.0.0.0", HttpSecurity.NONE))
                .isEqualTo("HTTP on 0.0.0.0 answers everybody who reaches it; set --http-user and a password, or"
                        + " --http-host 127.0.0.1");
        assertThat(HttpSecurityOptions.warning("0.0.0.0", guarded)).isEmpty();
        assertThat(HttpSecurityOptions.warning("127.0.0.1", HttpSecurity.NONE)).isEmpty();
        assertThat(HttpSecurityOptions.warning("localhost", HttpSecurity.NONE)).isEmpty();
        assertThat(HttpSecurityOptions.warning("::1", HttpSecurity.NONE)).isEmpty();
    }

    private static HttpSecurity read(String... arguments) {
        return CommandLine.populateCommand(new HttpSecurityOptions(), arguments).read();
    }
}
