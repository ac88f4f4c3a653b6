/** Wires everything together: read {@link dev.collapsemonitor.monitor.topology.MonitorTopology} first. */
package dev.collapsemonitor.monitor.topology;
