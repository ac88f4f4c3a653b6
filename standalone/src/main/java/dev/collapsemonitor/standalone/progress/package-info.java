/** How far a command is, on standard error. */
package dev.collapsemonitor.standalone.progress;
