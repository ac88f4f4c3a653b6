/**
 * Publishes what training produces: {@link dev.collapsemonitor.trainer.publish.RunPublisher} for any JVM code,
 * {@link dev.collapsemonitor.trainer.publish.CollapsePublisher} for networks of DeepLearning4J.
 */
package dev.collapsemonitor.trainer.publish;
