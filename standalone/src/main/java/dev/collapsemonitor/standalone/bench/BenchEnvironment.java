package dev.collapsemonitor.standalone.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Where a benchmark runs.
 *
 * @param childMain entry of the command line for child processes, which end with this one
 * @param directory for data and logs; whoever made it removes it
 * @param progress hears what is being done
 */
public record BenchEnvironment(Class<?> childMain, Path directory, PrintWriter progress) {
    void say(String format, Object... values) {
        progress.println(String.format(Locale.ROOT, format, values));
        progress.flush();
    }
}
