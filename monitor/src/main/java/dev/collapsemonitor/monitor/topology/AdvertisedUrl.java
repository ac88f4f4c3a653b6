package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.protocol.UserException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;

/**
 * Where the other instances reach this one's HTTP. The group passes on host and port alone, so the scheme is that of all of
 * them.
 */
record AdvertisedUrl(String scheme, String host, int port) {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    /**
     * Reads what the user gave.
     *
     * @throws UserException when it is no URL of a host, or has a path
     */
    static AdvertisedUrl parse(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw malformed(text, e);
        }
        boolean tls = "https".equalsIgnoreCase(url.getScheme());
        boolean bare = url.getRawQuery() == null
                && url.getRawUserInfo() == null
                && (url.getRawPath() == null
                        || url.getRawPath().isEmpty()
                        || url.getRawPath().equals("/"));
        if (url.getHost() == null || !bare || (!tls && !"http".equalsIgnoreCase(url.getScheme()))) {
            throw malformed(text, null);
        }
        int port = url.getPort() >= 0 ? url.getPort() : tls ? HTTPS_PORT : HTTP_PORT;
        return new AdvertisedUrl(tls ? "https" : "http", url.getHost(), port);
    }

    /** The address that is listened on; this machine's, when that is all addresses. */
    static AdvertisedUrl of(boolean tls, String listeningHost, int port) {
        return new AdvertisedUrl(tls ? "https" : "http", reachable(listeningHost), port);
    }

    private static String reachable(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            String named =
                    address.isAnyLocalAddress() ? InetAddress.getLocalHost().getHostAddress() : host;
            return named.contains(":") && !named.startsWith("[") ? "[" + named + "]" : named;
        } catch (UnknownHostException e) {
            return host; // not even this machine's name is known: the others will say that nobody answers there
        }
    }

    private static UserException malformed(String text, Exception cause) {
        return new UserException(
                "--advertised-url " + text + " is not of the form http://HOST:PORT or https://HOST:PORT", cause);
    }

    /** In the form of Kafka's {@code application.server}. */
    String hostAndPort() {
        return host + ":" + port;
    }

    /** Another instance's. */
    URI of(String otherHost, int otherPort) {
        String bracketed = otherHost.contains(":") && !otherHost.startsWith("[") ? "[" + otherHost + "]" : otherHost;
        return URI.create(scheme + "://" + bracketed + ":" + otherPort);
    }
}
