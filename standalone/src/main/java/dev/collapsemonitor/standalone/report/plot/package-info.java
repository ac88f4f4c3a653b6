/** Plots as SVG: what is drawn in records, how in one class per kind; JFreeChart draws, Batik takes it down. */
package dev.collapsemonitor.standalone.report.plot;
