package dev.collapsemonitor.protocol;

import java.nio.charset.StandardCharsets;

/** Record keys: {@code run} or {@code run/layer}, UTF-8. A layer's name may hold further slashes. */
public final class Keys {
    private Keys() {}

    /** Key of records about a whole run. */
    public static byte[] run(String run) {
        return Names.requireRun(run).getBytes(StandardCharsets.UTF_8);
    }

    /** Key of records about one layer of a run. */
    public static byte[] layer(String run, String layer) {
        return (Names.requireRun(run) + "/" + Names.requireLayer(layer)).getBytes(StandardCharsets.UTF_8);
    }
}
