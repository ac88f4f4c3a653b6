/** What trainers and the monitor share as clients of Kafka: where settings come from, and what a refusal means. */
package dev.collapsemonitor.clients;
