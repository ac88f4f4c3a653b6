package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fifty runs publish while monitors join, are killed with SIGKILL and leave, three alive at most: the metrics of every run
 * are the oracle's, and at rest one monitor, and one only, exports each run.
 */
class SharedWorkIT {
    private static final int RUNS = 50;
    private static final int PARTS = 4;
    private static final int PARTITIONS = 6;
    private static final int STEPS = 4;

    @TempDir
    private Path directory;

    @Test
    void monitorsJoinDieAndLeaveWhileFiftyRunsPublish() throws Exception {
        ManyRuns runs = new ManyRuns("run", RUNS, PARTS);
        try (BrokerProcess broker = new BrokerProcess(directory, directory.resolve("broker"))) {
            broker.start(PARTITIONS);
            try (MonitorProcess first = monitor(broker, "first");
                    MonitorProcess second = monitor(broker, "second");
                    Sender sender = new Sender(broker.bootstrap())) {
                first.awaitReady();
                second.awaitReady();

                // A third joins in the middle.
                List<ProducerRecord<byte[], byte[]>> step1 = runs.step(1);
                sender.begin(step1.subList(0, step1.size() / 2)).finish();
                try (MonitorProcess third = monitor(broker, "third")) {
                    sender.begin(step1.subList(step1.size() / 2, step1.size())).finish();
                    awaitResults(broker, runs, 1);
                    awaitEachRunExportedOnce(runs, first, second, third);
                    // Of which stage its share is, chance decides: it may own layers alone, and export no run.
                    await().atMost(MonitorProcess.PATIENCE).until(() -> third.assignedPartitions() > 0);

                    // One of three is killed in the middle.
                    List<ProducerRecord<byte[], byte[]>> step2 = runs.step(2);
                    sender.begin(step2.subList(0, step2.size() / 2)).finish();
                    first.process().kill();
                    sender.begin(step2.subList(step2.size() / 2, step2.size())).finish();
                    awaitResults(broker, runs, 2);
                    awaitEachRunExportedOnce(runs, second, third);

                    // One of two is killed in the middle.
                    List<ProducerRecord<byte[], byte[]>> step3 = runs.step(3);
                    sender.begin(step3.subList(0, step3.size() / 2)).finish();
                    second.process().kill();
                    sender.begin(step3.subList(step3.size() / 2, step3.size())).finish();
                    awaitResults(broker, runs, 3);
                    awaitEachRunExportedOnce(runs, third);

                    // The first comes back, the last one leaves.
                    List<ProducerRecord<byte[], byte[]>> step4 = runs.step(4);
                    try (MonitorProcess again = monitor(broker, "first")) {
                        again.awaitReady();
                        sender.begin(step4.subList(0, step4.size() / 2)).finish();
                        third.stop();
                        sender.begin(step4.subList(step4.size() / 2, step4.size()))
                                .finish();
                        awaitResults(broker, runs, 4);
                        awaitEachRunExportedOnce(runs, again);
                        again.stop();
                    }
                }
            }
            runs.assertResults(broker.bootstrap(), STEPS);
        }
    }

    private MonitorProcess monitor(BrokerProcess broker, String name) throws Exception {
        return MonitorProcess.start(directory, broker.bootstrap(), name);
    }

    private static void awaitResults(BrokerProcess broker, ManyRuns runs, int step) {
        await().atMost(MonitorProcess.PATIENCE).until(() -> runs.haveResults(broker.bootstrap(), step));
    }

    private static void awaitEachRunExportedOnce(ManyRuns runs, MonitorProcess... alive) {
        await().atMost(MonitorProcess.PATIENCE).untilAsserted(() -> {
            Set<String> exported = new HashSet<>();
            for (MonitorProcess monitor : alive) {
                Set<String> own = monitor.runs();
                assertThat(own).as("exported by another, too").noneMatch(exported::contains);
                exported.addAll(own);
            }
            assertThat(exported).containsExactlyInAnyOrderElementsOf(runs.names());
        });
    }
}
