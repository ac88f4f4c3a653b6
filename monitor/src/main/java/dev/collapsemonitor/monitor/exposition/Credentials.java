package dev.collapsemonitor.monitor.exposition;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;

/** A user's name and password, as basic authentication (RFC 7617) passes them. */
public record Credentials(String user, String password) {
    /** Whether an {@code Authorization} header shows them; the time to tell does not depend on how much of it is right. */
    boolean areShownBy(String authorization) {
        byte[] wanted = header().getBytes(StandardCharsets.UTF_8);
        byte[] shown = authorization.getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(wanted, shown);
    }

    /** Value of the header that shows them. */
    public String header() {
        byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    /** Without the password: records end up in logs. */
    @Override
    public String toString() {
        return "Credentials[user=" + user + "]";
    }
}
