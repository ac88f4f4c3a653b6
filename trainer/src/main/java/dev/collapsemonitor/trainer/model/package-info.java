/** Networks to train. */
package dev.collapsemonitor.trainer.model;
