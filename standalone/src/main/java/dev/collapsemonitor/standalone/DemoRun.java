package dev.collapsemonitor.standalone;

import java.util.List;

/**
 * One of the runs that the demo sets side by side.
 *
 * @param run its name
 * @param arguments of {@code train}, without the broker's address
 */
record DemoRun(String run, List<String> arguments) {}
