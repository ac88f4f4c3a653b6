package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.protocol.UserException;

/** Temporary: the shape that standalone compiles against until the monitor is merged. */
public final class CollapseMonitor implements AutoCloseable {
    private CollapseMonitor() {}

    public static CollapseMonitor start(MonitorConfig config) {
        throw new UserException("the monitor is not merged yet; cannot serve " + config.applicationId());
    }

    public int httpPort() {
        return 0;
    }

    public boolean ready() {
        return false;
    }

    @Override
    public void close() {}
}
