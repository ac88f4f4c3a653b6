/** Labelled images: the built-in strokes and IDX files. */
package dev.collapsemonitor.trainer.data;
