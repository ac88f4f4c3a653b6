/** JMH kernels of the metric engine, each beside the BLAS call that bounds it. */
package dev.collapsemonitor.benchmarks;
