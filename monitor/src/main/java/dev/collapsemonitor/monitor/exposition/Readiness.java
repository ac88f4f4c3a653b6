package dev.collapsemonitor.monitor.exposition;

/**
 * Whether the monitor does its work.
 *
 * @param live false when it cannot recover by itself
 * @param ready whether it processes and serves
 * @param detail one line for people
 */
public record Readiness(boolean live, boolean ready, String detail) {}
