/**
 * {@code report}: figures and tables of an experiment. The {@code data} are joined and measured, a {@code study} says what to
 * show, {@code plot} draws it, {@code document} writes it down; here they meet.
 */
package dev.collapsemonitor.standalone.report;
