package dev.collapsemonitor.monitor.exposition;

import java.util.Optional;

/**
 * How HTTP is guarded; the instances of a group share both settings.
 *
 * @param keystore for TLS; without one, plain HTTP
 * @param credentials that all but the health checks ask for; without, everybody may read
 */
public record HttpSecurity(Optional<TlsKeystore> keystore, Optional<Credentials> credentials) {
    /** Plain and open: for the loopback interface. */
    public static final HttpSecurity NONE = new HttpSecurity(Optional.empty(), Optional.empty());
}
