/** Tests of the study of reports. */
package dev.collapsemonitor.standalone.report.study;
