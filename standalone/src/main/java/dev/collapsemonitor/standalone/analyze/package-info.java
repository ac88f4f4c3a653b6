/**
 * {@code analyze}: the monitor's metrics of saved arrays, with no Kafka. What is read comes from the trainer's arrays, what
 * is computed from the monitor's statistics and geometry; here is only the way from one to the other, and the printing.
 */
package dev.collapsemonitor.standalone.analyze;
