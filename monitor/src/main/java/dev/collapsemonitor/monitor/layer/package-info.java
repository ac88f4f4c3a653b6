/**
 * One run's layer at a time: puts the parts of a snapshot and its weights together, decides when it closes, and has its
 * metrics computed. Knows no Kafka.
 */
package dev.collapsemonitor.monitor.layer;
