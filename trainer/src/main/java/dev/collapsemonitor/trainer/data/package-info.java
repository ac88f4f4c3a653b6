/**
 * Labelled samples: the built-in strokes, files of public data sets (local, or downloaded on request) and any CSV file;
 * and what may be done to a training set before it is used. {@link dev.collapsemonitor.trainer.data.DatasetCatalog} is
 * the way in.
 */
package dev.collapsemonitor.trainer.data;
