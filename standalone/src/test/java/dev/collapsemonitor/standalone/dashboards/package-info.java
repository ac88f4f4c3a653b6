/** Tests of {@code grafana/} and {@code docker-compose.yml}: what the files say, and what a real Prometheus says to them. */
package dev.collapsemonitor.standalone.dashboards;
