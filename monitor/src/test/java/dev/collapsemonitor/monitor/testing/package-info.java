/** What tests of several packages share. */
package dev.collapsemonitor.monitor.testing;
