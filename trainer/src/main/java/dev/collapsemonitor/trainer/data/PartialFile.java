package dev.collapsemonitor.trainer.data;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What has arrived of a file, beside the place where the whole of it will be, with a note of the version it is of: the
 * address and the strong ETag that the server gave it. It outlives the process, so that a download can be resumed.
 */
final class PartialFile {
    private final Path target;
    private final Path content;
    private final Path version;

    PartialFile(Path target) {
        this.target = target;
        this.content = target.resolveSibling(target.getFileName() + ".part");
        this.version = target.resolveSibling(target.getFileName() + ".part.etag");
    }

    Path content() {
        return content;
    }

    long size() throws IOException {
        return Files.exists(content) ? Files.size(content) : 0;
    }

    /** The strong ETag of the version that the content is of, when it came from that address. */
    Optional<String> etag(URI address) throws IOException {
        if (!Files.exists(version)) {
            return Optional.empty();
        }
        List<String> note =
                Files.readString(version, StandardCharsets.UTF_8).lines().toList();
        return note.size() == 2 && note.get(0).equals(address.toString()) ? Optional.of(note.get(1)) : Optional.empty();
    }

    /** Empties the file for another version. */
    OutputStream restart(URI address, Optional<String> etag) throws IOException {
        discard();
        // A weak ETag does not promise equal bytes, so nothing can be resumed with it.
        Optional<String> strong = etag.filter(value -> value.startsWith("\""));
        if (strong.isPresent()) {
            Files.write(version, Arrays.asList(address.toString(), strong.get()), StandardCharsets.UTF_8);
        }
        return Files.newOutputStream(content, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    OutputStream append() throws IOException {
        return Files.newOutputStream(content, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    void discard() throws IOException {
        Files.deleteIfExists(content);
        Files.deleteIfExists(version);
    }

    /** Gives the whole file its name. */
    void complete() throws IOException {
        Files.move(content, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(version);
    }
}
