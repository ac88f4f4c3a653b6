package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Name of this monitor in its group, kept in the state directory, so that a restart takes the place of its predecessor
 * instead of waiting for the group to notice that one died. Two members of one name would throw each other out: the file is
 * locked as long as the name is used.
 */
final class InstanceId implements AutoCloseable {
    private static final String FILE = "instance-id";
    private static final int MAX_BYTES = 200;

    private final FileChannel channel;
    private final String value;

    private InstanceId(FileChannel channel, String value) {
        this.channel = channel;
        this.value = value;
    }

    /**
     * Takes the name of a state directory, or gives it one; the directory is made when missing.
     *
     * @throws UserException when another monitor uses the directory, or it cannot be written
     */
    static InstanceId claim(Path stateDir) {
        FileChannel channel = null;
        try {
            Files.createDirectories(stateDir);
            channel = FileChannel.open(
                    stateDir.resolve(FILE),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (channel.tryLock() != null) {
                return new InstanceId(channel, readOrWrite(channel));
            }
        } catch (OverlappingFileLockException e) {
            // A monitor of this very JVM holds it: reported below, as for any other.
        } catch (IOException e) {
            closeQuietly(channel);
            throw new UserException("cannot write to the state directory " + stateDir + " (" + e + ")", e);
        }
        closeQuietly(channel);
        throw new UserException("another monitor uses the state directory " + stateDir
                + "; stop it or choose another with --state-dir");
    }

    String value() {
        return value;
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    private static String readOrWrite(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
        channel.read(bytes, 0);
        String kept = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII).strip();
        try {
            return UUID.fromString(kept).toString();
        } catch (IllegalArgumentException e) {
            // Empty, or cut by a crash: nobody was known by it.
            String made = UUID.randomUUID().toString();
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((made + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
            return made;
        }
    }

    private static void closeQuietly(FileChannel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
