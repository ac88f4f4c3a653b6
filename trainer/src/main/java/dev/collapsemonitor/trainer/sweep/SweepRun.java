package dev.collapsemonitor.trainer.sweep;

import java.util.List;
import java.util.Map;

/**
 * One run of a sweep.
 *
 * @param varied what tells it from the others, by option
 * @param arguments of {@code train} but for those that say where things are
 * @param settings all that decides how it is trained and what is published, defaults included
 */
public record SweepRun(String name, Map<String, String> varied, List<String> arguments, Map<String, String> settings) {}
