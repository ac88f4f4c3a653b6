/** Checkpoints of networks in training. */
package dev.collapsemonitor.trainer.checkpoint;
