/** An experiment as a report sees it: runs in settings, measures of them, and what seeds make of these. */
package dev.collapsemonitor.standalone.report.data;
