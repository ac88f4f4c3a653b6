package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker that is restarted, killed and away for long, always in the middle of the snapshots of many runs: the monitor
 * stays up and goes on, and nothing that was acknowledged is lost.
 */
class BrokerFaultsIT {
    /** How long the broker is away: above the session timeout of 10 s; 75 in the full length, {@code -Dcollapse.outage.seconds}. */
    private static final Duration OUTAGE = Duration.ofSeconds(Long.getLong("collapse.outage.seconds", 15));

    private static final int PARTITIONS = 3;
    private static final int STEPS = 3;

    @TempDir
    private Path directory;

    @Test
    void everySnapshotOutlivesARestartAKillAndALongAbsenceOfTheBroker() throws Exception {
        ManyRuns runs = new ManyRuns("run", 6, 6);
        try (BrokerProcess broker = new BrokerProcess(directory, directory.resolve("broker"))) {
            broker.start(PARTITIONS);
            try (MonitorProcess monitor = MonitorProcess.start(directory, broker.bootstrap(), "state");
                    Sender sender = new Sender(broker.bootstrap())) {
                monitor.awaitReady();

                fault(runs, 1, broker, monitor, sender, () -> broker.stop());
                fault(runs, 2, broker, monitor, sender, () -> broker.kill());
                fault(runs, 3, broker, monitor, sender, () -> {
                    broker.kill();
                    await().atMost(MonitorProcess.PATIENCE).until(() -> !monitor.ready());
                    await().during(OUTAGE)
                            .atMost(OUTAGE.plus(MonitorProcess.PATIENCE))
                            .until(() -> monitor.process().isAlive() && monitor.live() && !monitor.ready());
                });

                runs.assertResults(broker.bootstrap(), STEPS);
                assertThat(monitor.scrape().value("collapse_state_torn_total")).isZero();
                monitor.stop();
            }
        }
    }

    private static void fault(
            ManyRuns runs, int step, BrokerProcess broker, MonitorProcess monitor, Sender sender, Fault fault)
            throws Exception {
        List<ProducerRecord<byte[], byte[]>> records = runs.step(step);
        List<ProducerRecord<byte[], byte[]>> before = records.subList(0, records.size() / 2);
        sender.begin(before).finish();
        sender.begin(records.subList(before.size(), records.size() * 2 / 3)); // in flight when it happens
        fault.happens();
        sender.begin(records.subList(records.size() * 2 / 3, records.size()));
        broker.start(PARTITIONS);
        sender.finish();
        monitor.awaitReady();
        await().atMost(MonitorProcess.PATIENCE)
                .failFast("the monitor ended", () -> !monitor.process().isAlive())
                .until(() -> runs.haveResults(broker.bootstrap(), step));
    }

    private interface Fault {
        void happens() throws Exception;
    }
}
