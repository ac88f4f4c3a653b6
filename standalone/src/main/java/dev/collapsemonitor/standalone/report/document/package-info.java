/** A document of headings, text, tables and figures, and its writers. All text in it is data, never markup. */
package dev.collapsemonitor.standalone.report.document;
