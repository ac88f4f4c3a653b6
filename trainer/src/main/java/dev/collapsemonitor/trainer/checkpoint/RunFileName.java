package dev.collapsemonitor.trainer.checkpoint;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names of files for runs, whose own names may hold anything printable. */
public final class RunFileName {
    private static final int MOST_CHARACTERS = 100;
    private static final int HASH_BYTES = 6;

    private RunFileName() {}

    /** The run's name where every file system takes it; otherwise what is left of it, with a hash of it. */
    public static String of(String run) {
        String plain = run.replaceAll("[^A-Za-z0-9._=+,@-]", "_");
        if (plain.equals(run) && run.length() <= MOST_CHARACTERS && !run.startsWith(".")) {
            return run;
        }
        String kept =
                plain.substring(0, Math.min(plain.length(), MOST_CHARACTERS)).replaceFirst("^\\.+", "_");
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(run.getBytes(StandardCharsets.UTF_8));
            return kept + "-" + HexFormat.of().formatHex(hash, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
