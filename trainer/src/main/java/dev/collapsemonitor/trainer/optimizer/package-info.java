/** Update rules with exact semantics: what DL4J lacks, and weight decay said unambiguously. */
package dev.collapsemonitor.trainer.optimizer;
