/**
 * Mergeable statistics of the features of one layer: what is kept between batches. One pass, centred, float64 sums
 * (Chan, Golub, LeVeque 1979). Knows no Kafka and no metrics.
 */
package dev.collapsemonitor.monitor.statistics;
