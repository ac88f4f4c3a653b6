/**
 * {@code export}: what the topics hold of finished and running experiments, as files. {@link ResultTopic} and
 * {@link ProgressTopic} read the topics, {@link JsonLines} writes rows and reads them back, {@link CsvTable} writes them
 * for spreadsheets and data frames.
 */
package dev.collapsemonitor.standalone.export;
