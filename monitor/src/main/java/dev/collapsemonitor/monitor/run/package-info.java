/** What joins the layers of a run: its newest descriptor, progress and results, its history, its status. */
package dev.collapsemonitor.monitor.run;
