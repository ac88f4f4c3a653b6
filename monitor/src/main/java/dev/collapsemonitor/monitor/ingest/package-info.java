/** Records in: parsed, checked against the contract and the limits, or rejected with a reason. */
package dev.collapsemonitor.monitor.ingest;
