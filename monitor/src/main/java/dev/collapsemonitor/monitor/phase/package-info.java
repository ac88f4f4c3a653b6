/**
 * How far the collapse of a run is: pure functions of its descriptor and of the training snapshots of its classifier in
 * the order of steps. The same snapshots give the same phases, in whatever order they came and however often.
 */
package dev.collapsemonitor.monitor.phase;
