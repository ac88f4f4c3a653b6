package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import java.net.InetAddress;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdvertisedUrlTest {
    @ParameterizedTest
    @CsvSource({
        "http://monitor-1:8080,  monitor-1:8080",
        "http://monitor-1:8080/, monitor-1:8080",
        "https://monitor-1,      monitor-1:443",
        "HTTP://monitor-1,       monitor-1:80",
        "http://[::1]:8080,      [::1]:8080"
    })
    void hostAndPortGoToTheGroup(String url, String hostAndPort) {
        assertThat(AdvertisedUrl.parse(url).hostAndPort()).isEqualTo(hostAndPort);
    }

    @ParameterizedTest
    @ValueSource(strings = {"monitor-1:8080", "ftp://h", "http://h/path", "http://u@h", "http://", "http://a b", "x"})
    void anythingElseIsRefusedWithTheFormThatIsMeant(String url) {
        assertThatThrownBy(() -> AdvertisedUrl.parse(url))
                .isInstanceOf(UserException.class)
                .hasMessage("--advertised-url " + url + " is not of the form http://HOST:PORT or https://HOST:PORT");
    }

    @Test
    void othersAreReachedTheSameWay() {
        assertThat(AdvertisedUrl.parse("https://a:1").of("b", 2)).isEqualTo(URI.create("https://b:2"));
        assertThat(AdvertisedUrl.parse("http://a:1").of("::1", 2)).isEqualTo(URI.create("http://[::1]:2"));
    }

    @Test
    void allAddressesAreNoAddressToCallBack() throws Exception {
        assertThat(AdvertisedUrl.of(false, "0.0.0.0", 8080).hostAndPort())
                .isEqualTo(InetAddress.getLocalHost().getHostAddress() + ":8080");
        assertThat(AdvertisedUrl.of(true, "127.0.0.1", 8080).of("h", 1)).isEqualTo(URI.create("https://h:1"));
    }
}
