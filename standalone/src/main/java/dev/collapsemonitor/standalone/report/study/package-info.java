/** What a report shows: read from a study file, or chosen for any experiment. */
package dev.collapsemonitor.standalone.report.study;
