/** Dense linear algebra on OpenBLAS and LAPACK: one BLAS thread per caller, row-major matrices. Knows no Kafka, no I/O. */
package dev.collapsemonitor.monitor.linalg;
