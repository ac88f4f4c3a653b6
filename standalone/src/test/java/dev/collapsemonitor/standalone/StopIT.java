package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM in the middle of snapshots: an end in order, and a start that goes on as the same member. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no SIGTERM")
class StopIT {
    private static final int STOPS = 3;

    /** Whoever had to wait for the broker to forget the member before it would not come to an end here. */
    private static final Duration SESSION = Duration.ofMinutes(25);

    @TempDir
    private Path directory;

    @Test
    void nothingIsProcessedTwiceAndTheNextStartGoesOnAtOnce() throws Exception {
        ManyRuns runs = new ManyRuns("run", 5, 6);
        Path settings = Files.writeString(
                directory.resolve("kafka.properties"), "consumer.session.timeout.ms=" + SESSION.toMillis() + "\n");
        try (BrokerProcess broker = new BrokerProcess(directory, directory.resolve("broker"))) {
            broker.start(2);
            try (Sender sender = new Sender(broker.bootstrap())) {
                List<ProducerRecord<byte[], byte[]>> records = runs.step(1);
                String member = "";
                int sent = 0;
                for (int start = 0; start <= STOPS; start++) {
                    long begin = System.nanoTime();
                    try (MonitorProcess monitor = MonitorProcess.start(
                            directory, broker.bootstrap(), "state", "--kafka-config", settings.toString())) {
                        int until = records.size() * (start + 1) / (STOPS + 1);
                        sender.begin(records.subList(sent, until)).finish();
                        int merged = until - sent;
                        await().atMost(MonitorProcess.PATIENCE)
                                .failFast(
                                        "it has ended", () -> !monitor.process().isAlive())
                                .until(() -> received(monitor) >= merged);
                        System.out.println("start " + start + ": "
                                + Duration.ofNanos(System.nanoTime() - begin).toMillis()
                                + " ms from the start of the process to all that waited");
                        // Not one more than were sent: what the one before has merged was committed.
                        assertThat(received(monitor)).isEqualTo(merged);
                        assertThat(monitor.scrape().value("collapse_records_duplicate_total"))
                                .isZero();
                        String now = onlyMember(broker.bootstrap());
                        assertThat(start == 0 || now.equals(member))
                                .as(now + " after " + member)
                                .isTrue();
                        member = now;
                        sent = until;
                        if (start == STOPS) {
                            await().atMost(MonitorProcess.PATIENCE)
                                    .until(() -> runs.haveResults(broker.bootstrap(), 1));
                        }
                        monitor.stop();
                        assertThat(monitor.process().err()).startsWith("closing\n");
                    }
                }
            }
            runs.assertResults(broker.bootstrap(), 1);
        }
    }

    private static double received(MonitorProcess monitor) {
        return List.of("collapse.features", "collapse.weights").stream()
                .mapToDouble(topic -> monitor.scrape().having(Map.of("topic", topic)).stream()
                        .filter(series -> series.name().equals("collapse_records_total"))
                        .mapToDouble(Exposition.Series::value)
                        .sum())
                .sum();
    }

    /** The name of the one member of the group that the broker knows by name. */
    private static String onlyMember(String bootstrap) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            List<String> members = admin
                    .describeConsumerGroups(List.of("collapse-monitor"))
                    .all()
                    .get()
                    .get("collapse-monitor")
                    .members()
                    .stream()
                    .map(MemberDescription::groupInstanceId)
                    .map(name -> name.orElse("no name"))
                    .toList();
            assertThat(members).hasSize(1);
            return members.get(0);
        }
    }
}
