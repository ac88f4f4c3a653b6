package dev.collapsemonitor.monitor.exposition;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** The key and certificate that HTTP serves with, in a PKCS #12 or JKS file. */
public final class TlsKeystore {
    private final Path file;
    private final String password;
    private final KeyStore store;

    private TlsKeystore(Path file, String password, KeyStore store) {
        this.file = file;
        this.password = password;
        this.store = store;
    }

    /**
     * Reads a keystore and looks whether it can be served with at a time.
     *
     * @param password of the file and of the key
     * @throws UserException when it cannot be read, holds no key, or its certificate is not valid then
     */
    public static TlsKeystore read(Path file, String password, Instant now) {
        if (!Files.isReadable(file)) {
            throw new UserException("keystore " + file + " cannot be read; correct --http-tls-keystore");
        }
        try {
            KeyStore store = KeyStore.getInstance(file.toFile(), password.toCharArray());
            requireKey(file, password, store, now);
            return new TlsKeystore(file, password, store);
        } catch (IOException e) {
            if (e.getCause() instanceof UnrecoverableKeyException) {
                throw wrongPassword(file, e);
            }
            throw unreadable(file, e);
        } catch (UnrecoverableKeyException e) {
            throw wrongPassword(file, e);
        } catch (GeneralSecurityException e) {
            throw unreadable(file, e);
        }
    }

    private static UserException wrongPassword(Path file, Exception e) {
        return new UserException(
                "the password of keystore " + file + " is wrong; correct --http-tls-keystore-password", e);
    }

    private static UserException unreadable(Path file, Exception e) {
        return new UserException(
                "keystore " + file + " is no PKCS #12 or JKS file (" + e.getMessage()
                        + "); make one of PEM files with: openssl pkcs12 -export -inkey key.pem -in cert.pem -out "
                        + file.getFileName(),
                e);
    }

    private static void requireKey(Path file, String password, KeyStore store, Instant now)
            throws GeneralSecurityException {
        boolean found = false;
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias)) {
                found = true;
                store.getKey(alias, password.toCharArray()); // throws when the password is another
                requireValid(file, store.getCertificate(alias), now);
            }
        }
        if (!found) {
            throw new UserException(
                    "keystore " + file + " holds no private key, only certificates; serve with one that does");
        }
    }

    private static void requireValid(Path file, Certificate certificate, Instant now) {
        if (!(certificate instanceof X509Certificate x509)) {
            return;
        }
        String name = "the certificate of " + x509.getSubjectX500Principal().getName() + " in keystore " + file;
        try {
            x509.checkValidity(Date.from(now));
        } catch (CertificateExpiredException e) {
            throw new UserException(name + " expired on " + x509.getNotAfter().toInstant() + "; renew it", e);
        } catch (CertificateNotYetValidException e) {
            throw new UserException(
                    name + " is valid only from " + x509.getNotBefore().toInstant()
                            + "; correct the clock or the certificate",
                    e);
        }
    }

    KeyStore store() {
        return store;
    }

    String password() {
        return password;
    }

    /**
     * What an instance trusts when it asks another: what Java trusts, and the certificates of the keystore itself, since the
     * instances often share one that nobody else signed. Names are checked as ever.
     */
    SSLContext client() {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int count = 0;
            for (X509Certificate authority : javasAuthorities()) {
                trusted.setCertificateEntry("java-" + count++, authority);
            }
            for (String alias : Collections.list(store.aliases())) {
                Certificate[] chain = store.getCertificateChain(alias);
                for (Certificate certificate :
                        chain == null ? new Certificate[] {store.getCertificate(alias)} : chain) {
                    trusted.setCertificateEntry("own-" + count++, certificate);
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("no TLS client with the certificates of " + file, e);
        }
    }

    private static List<X509Certificate> javasAuthorities() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return List.of(x509.getAcceptedIssuers());
            }
        }
        throw new KeyStoreException("Java trusts nobody");
    }

    @Override
    public String toString() {
        return "TlsKeystore[" + file + "]";
    }
}
