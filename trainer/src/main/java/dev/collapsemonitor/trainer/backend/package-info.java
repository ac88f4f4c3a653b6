/** What computes: the CPU or a GPU. */
package dev.collapsemonitor.trainer.backend;
