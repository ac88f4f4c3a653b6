/**
 * Many training runs from one file: read and expanded, checked, then trained a few at a time by workers that somebody else
 * supplies, with what is done kept on disk so that a sweep goes on where it was.
 */
package dev.collapsemonitor.trainer.sweep;
