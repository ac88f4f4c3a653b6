/** What leaves the monitor over HTTP: Prometheus' /metrics, the REST views, the page, health. */
package dev.collapsemonitor.monitor.exposition;
