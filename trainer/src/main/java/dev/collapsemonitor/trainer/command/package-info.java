/** The commands {@code train} and {@code publish}; the standalone module assembles them. */
package dev.collapsemonitor.trainer.command;
