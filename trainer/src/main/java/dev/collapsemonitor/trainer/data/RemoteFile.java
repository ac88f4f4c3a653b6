package dev.collapsemonitor.trainer.data;

import java.net.URI;
import java.util.List;

/**
 * A public file.
 *
 * @param sha256 of its content, in lower-case hexadecimal
 * @param addresses of equal copies, the preferred first
 */
record RemoteFile(String name, long bytes, String sha256, List<URI> addresses) {
    RemoteFile {
        addresses = List.copyOf(addresses);
    }
}
