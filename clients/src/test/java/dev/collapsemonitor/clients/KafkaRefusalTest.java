package dev.collapsemonitor.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.junit.jupiter.api.Test;

class KafkaRefusalTest {
    @Test
    void namesWhatIsMissingHoweverDeepItIsWrapped() {
        assertThat(line(new KafkaException("outer", new TopicAuthorizationException(Set.of("b", "a")))))
                .isEqualTo("Kafka at k:1 does not permit access to topic a, b; grant the ACLs listed in"
                        + " docs/security.md");
        assertThat(line(new KafkaException(
                        "Could not create topic t.\nMore",
                        new TopicAuthorizationException("Topic authorization failed."))))
                .startsWith(
                        "Kafka at k:1 does not permit this (Topic authorization failed: Could not create topic t);");
        assertThat(line(GroupAuthorizationException.forGroupId("g"))).contains("access to group g;");
        assertThat(line(new TransactionalIdAuthorizationException("no"))).contains("exactly_once_v2");
    }

    @Test
    void tellsCredentialsFromCertificates() {
        assertThat(line(new SaslAuthenticationException("Invalid username or password.")))
                .startsWith("Kafka at k:1 refuses the credentials: Invalid username or password; correct");
        assertThat(line(handshake(new CertificateExpiredException("NotAfter: yesterday"))))
                .isEqualTo("the certificate of Kafka at k:1 has expired (NotAfter: yesterday); renew it");
        assertThat(line(handshake(new CertPathBuilderException("no path")))).contains("ssl.truststore.location");
    }

    @Test
    void aBrokerThatDoesNotAnswerRefusesNothing() {
        assertThat(KafkaRefusal.explain(new TimeoutException("timed out"), "k:1"))
                .isEmpty();
    }

    private static Throwable handshake(Throwable cause) {
        SSLHandshakeException failed = new SSLHandshakeException("failed");
        failed.initCause(cause);
        return new SslAuthenticationException("SSL handshake failed", failed);
    }

    private static String line(Throwable failure) {
        return KafkaRefusal.explain(failure, "k:1").orElseThrow().getMessage();
    }
}
