/** The end-to-end benchmark: broker, monitor and trainers as processes of their own, each figure beside a reference. */
package dev.collapsemonitor.standalone.bench;
