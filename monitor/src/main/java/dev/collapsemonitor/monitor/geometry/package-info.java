/**
 * Pure functions from statistics and weights to metrics, one class per family, each with its formula and source. Knows
 * no Kafka, no I/O. {@link dev.collapsemonitor.monitor.geometry.LayerMetrics} calls them all.
 */
package dev.collapsemonitor.monitor.geometry;
