/** Tests of {@code analyze}: against the slow oracle, against the stream, and what people see. */
package dev.collapsemonitor.standalone.analyze;
