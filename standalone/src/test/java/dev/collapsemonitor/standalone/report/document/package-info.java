/** Tests of the document of reports. */
package dev.collapsemonitor.standalone.report.document;
