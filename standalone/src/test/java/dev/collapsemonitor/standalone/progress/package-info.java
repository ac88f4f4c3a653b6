/** Tests of the progress on standard error. */
package dev.collapsemonitor.standalone.progress;
