package dev.collapsemonitor.trainer.sweep;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The end of a log that may be long. */
final class LogFile {
    private static final int TAIL_BYTES = 16 << 10;

    private LogFile() {}

    /** The last line that is not blank. */
    static String lastLine(Path log) {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(Math.max(0, file.length() - TAIL_BYTES));
            byte[] tail = new byte[(int) Math.min(file.length(), TAIL_BYTES)];
            file.readFully(tail);
            List<String> lines = new String(tail, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
            return lines.isEmpty()
                    ? "it said nothing"
                    : lines.get(lines.size() - 1).replaceFirst("^collapse: ", "");
        } catch (IOException e) {
            return "it said nothing (" + e + ")";
        }
    }
}
