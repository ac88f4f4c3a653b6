/** The live page in a real browser, in front of runs that tests make up. */
package dev.collapsemonitor.monitor.page;
