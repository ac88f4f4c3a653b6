/** Tests of the plot of reports. */
package dev.collapsemonitor.standalone.report.plot;
