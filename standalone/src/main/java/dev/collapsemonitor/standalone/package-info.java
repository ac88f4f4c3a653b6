/**
 * The command line. {@link dev.collapsemonitor.standalone.Collapse} is the entry; each {@code …Command} is one of its
 * commands. {@code DemoCommand} starts broker, monitor and training in one process tree and watches them from outside,
 * over HTTP, as any user would.
 */
package dev.collapsemonitor.standalone;
