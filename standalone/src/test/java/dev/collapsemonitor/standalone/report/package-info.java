/** Tests of {@code report}: what is said of made-up runs whose numbers are known. */
package dev.collapsemonitor.standalone.report;
