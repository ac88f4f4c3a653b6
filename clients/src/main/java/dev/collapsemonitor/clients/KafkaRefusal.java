package dev.collapsemonitor.clients;

import dev.collapsemonitor.protocol.UserException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;

/**
 * Says in one line what a broker that answers does not let us do: who we are (credentials, certificates) or what we may
 * (ACLs). Trying again mends neither, so whoever meets one of these gives up.
 */
public final class KafkaRefusal {
    private static final String MANUAL = "docs/security.md";

    private KafkaRefusal() {}

    /**
     * The line for a failure that is, or was caused by, a refusal; empty for every other failure.
     *
     * @param bootstrap the brokers, as the user named them
     */
    public static Optional<UserException> explain(Throwable failure, String bootstrap) {
        Throwable wrapper = null;
        for (Throwable cause = failure; cause != null; wrapper = cause, cause = cause.getCause()) {
            if (cause instanceof SslAuthenticationException e) {
                return Optional.of(new UserException(certificates(e, bootstrap), failure));
            }
            if (cause instanceof AuthenticationException) {
                return Optional.of(new UserException(
                        "Kafka at " + bootstrap + " refuses the credentials: " + sentence(cause)
                                + "; correct user, password and sasl.mechanism in the Kafka settings, see " + MANUAL,
                        failure));
            }
            if (cause instanceof AuthorizationException e) {
                return Optional.of(new UserException(
                        "Kafka at " + bootstrap + " does not permit " + what(e, wrapper) + "; grant the ACLs listed in "
                                + MANUAL,
                        failure));
            }
        }
        return Optional.empty();
    }

    private static String certificates(SslAuthenticationException e, String bootstrap) {
        Throwable root = root(e);
        if (root instanceof CertificateExpiredException) {
            return "the certificate of Kafka at " + bootstrap + " has expired (" + sentence(root) + "); renew it";
        }
        if (root instanceof CertificateNotYetValidException) {
            return "the certificate of Kafka at " + bootstrap + " is not valid yet (" + sentence(root)
                    + "); check the clocks";
        }
        if (root instanceof CertPathBuilderException) {
            return "the certificate of Kafka at " + bootstrap + " is not trusted (" + sentence(root)
                    + "); name a file with its authority in ssl.truststore.location, see " + MANUAL;
        }
        return "no TLS connection to Kafka at " + bootstrap + " (" + sentence(root)
                + "); check the certificates in ssl.keystore.location and ssl.truststore.location, see " + MANUAL;
    }

    private static String what(AuthorizationException e, Throwable wrapper) {
        if (e instanceof TopicAuthorizationException topics
                && !topics.unauthorizedTopics().isEmpty()) {
            return "access to topic " + String.join(", ", new TreeSet<>(topics.unauthorizedTopics()));
        }
        if (e instanceof GroupAuthorizationException group && group.groupId() != null) {
            return "access to group " + group.groupId();
        }
        if (e instanceof TransactionalIdAuthorizationException) {
            return "the transactions of exactly_once_v2";
        }
        if (e instanceof ClusterAuthorizationException) {
            return "this on the cluster (" + sentence(e) + ")";
        }
        // Which topic it was, only the client around it may know.
        return "this (" + sentence(e) + (wrapper == null ? "" : ": " + sentence(wrapper)) + ")";
    }

    private static Throwable root(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** A message that is a part of ours. */
    private static String sentence(Throwable e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return message.lines().findFirst().orElse("").strip().replaceFirst("\\.$", "");
    }
}
