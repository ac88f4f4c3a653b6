/** Tests of the data of reports. */
package dev.collapsemonitor.standalone.report.data;
