/** The wire contract: records (generated into {@code v1}), topics, keys, names and the tensor codec. */
package dev.collapsemonitor.protocol;
