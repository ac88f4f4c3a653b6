/**
 * Values of any size in a compacted log, so that they are whole again after a crash between any two records. Knows nothing
 * of what the values hold, nor of Kafka.
 */
package dev.collapsemonitor.monitor.changelog;
