package dev.collapsemonitor.trainer.data;

import java.nio.file.Path;
import java.util.Map;

/** Where downloads are kept unless told otherwise. */
final class CacheDirectory {
    private CacheDirectory() {}

    /** {@code $XDG_CACHE_HOME/collapse-monitor}, or {@code .cache/collapse-monitor} in the home directory. */
    static Path usual(Map<String, String> environment, String home) {
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        // The XDG specification has relative paths ignored.
        Path base = !xdg.isEmpty() && Path.of(xdg).isAbsolute() ? Path.of(xdg) : Path.of(home, ".cache");
        return base.resolve("collapse-monitor");
    }
}
