package dev.collapsemonitor.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaSettingsTest {
    @Test
    void theEnvironmentWinsOverTheFileAndBootstrapServersAreLeftOut() {
        assertThat(KafkaSettings.merged(
                        Map.of("security.protocol", "PLAINTEXT", "fetch.max.bytes", "7", "bootstrap.servers", "a:1"),
                        Map.of(
                                "COLLAPSE_KAFKA_SECURITY_PROTOCOL",
                                "SASL_SSL",
                                "COLLAPSE_KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM",
                                "",
                                "COLLAPSE_KAFKA_PRODUCER_LINGER_MS",
                                "9",
                                "COLLAPSE_KAFKA_BOOTSTRAP_SERVERS",
                                "b:1",
                                "PATH",
                                "/bin")))
                .containsOnly(
                        Map.entry("security.protocol", "SASL_SSL"),
                        Map.entry("ssl.endpoint.identification.algorithm", ""),
                        Map.entry("producer.linger.ms", "9"),
                        Map.entry("fetch.max.bytes", "7"));
    }

    @Test
    void theEnvironmentsNamesOfOptionsAreNoSettings() {
        assertThat(KafkaSettings.merged(
                        Map.of(), Map.of("COLLAPSE_KAFKA_CONFIG", "file", "COLLAPSE_KAFKA_PORT", "9092")))
                .isEmpty();
    }

    @Test
    void aPrefixMeansOneKindOfClientAndWinsOverTheSameNameWithoutOne() {
        Map<String, String> settings = Map.of(
                "security.protocol", "SSL",
                "client.id", "all",
                "producer.client.id", "p",
                "main.consumer.client.id", "c",
                "restore.consumer.max.poll.records", "5",
                "topic.segment.bytes", "1");
        assertThat(KafkaSettings.producer("b:1", settings))
                .isEqualTo(Map.of("bootstrap.servers", "b:1", "security.protocol", "SSL", "client.id", "p"));
        assertThat(KafkaSettings.consumer("b:1", settings))
                .isEqualTo(Map.of("bootstrap.servers", "b:1", "security.protocol", "SSL", "client.id", "c"));
        assertThat(KafkaSettings.admin("b:1", settings))
                .isEqualTo(Map.of("bootstrap.servers", "b:1", "security.protocol", "SSL", "client.id", "all"));
    }

    @Test
    void aMisspeltSecuritySettingIsRefusedAndOthersPass() {
        assertThatThrownBy(() -> KafkaSettings.merged(Map.of("admin.sasl.mechansim", "PLAIN"), Map.of()))
                .isInstanceOf(UserException.class)
                .hasMessage("Kafka clients have no setting \"admin.sasl.mechansim\"; correct its name");
        // Of a class that the user plugs in.
        assertThat(KafkaSettings.merged(Map.of("my.interceptor.level", "3"), Map.of()))
                .containsEntry("my.interceptor.level", "3");
    }
}
