package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;

/** TCP ports: finds free ones, and reports a taken one before anything has been started on its account. */
final class Ports {
    private Ports() {}

    /**
     * A port that can be listened on.
     *
     * @param option the flag that chose the port, for the message
     * @param port the port; 0 picks a free one
     * @throws UserException when something else listens there
     */
    static int require(String option, String host, int port) {
        if (port < 0 || port > 65535) {
            throw new UserException(option + " " + port + " is no port; 0 picks a free one, 65535 is the highest");
        }
        try (ServerSocket socket = new ServerSocket()) {
            // A port whose last connections linger in TIME_WAIT is free for a server, which sets the same option.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
            return socket.getLocalPort();
        } catch (BindException e) {
            throw new UserException(
                    "port " + port + " on " + host + " cannot be used (" + e.getMessage() + "); choose another with "
                            + option + ", 0 picks a free one",
                    e);
        } catch (UnknownHostException e) {
            throw new UserException("host " + host + " is unknown", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A free port on the loopback interface. */
    static int free() {
        return require("port", "127.0.0.1", 0);
    }
}
