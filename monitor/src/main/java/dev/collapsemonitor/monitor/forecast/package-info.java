/**
 * What a run's descriptor says in advance about its classifier: pure functions of what was declared, from the learning
 * rate of every step to the row sum (NC0) that the declared optimizer leads to (arXiv 2602.16642).
 */
package dev.collapsemonitor.monitor.forecast;
