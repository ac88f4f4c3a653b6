package dev.collapsemonitor.standalone.bench;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What publishing costs a training, with a broker, and with one that is killed in the middle: the mean over processes, with
 * its standard error; of counts the largest.
 */
final class PublishSection implements Section {
    private static final int PROCESSES = 5;
    private static final List<String> COUNTS = List.of("publish_dropped_with_broker", "publish_dropped_broker_killed");
    private static final List<String> UNCERTAIN =
            List.of("publish_step_overhead", "publish_step_overhead_broker_killed");

    /**
     * DL4J leaves many small objects: with the usual young generation one collection in six seconds takes a tenth of a second,
     * and which turn it hits is chance. Short and frequent ones hit all alike, and take as long in all.
     */
    private static final List<String> SHORT_COLLECTIONS = List.of("-Xmn32m");

    @Override
    public void run(BenchEnvironment environment, BenchReport report) throws Exception {
        RepeatedFigures figures = new RepeatedFigures();
        for (int process = 1; process <= PROCESSES; process++) {
            Map<String, Double> measured = measure(environment, process);
            figures.add(measured);
            environment.say(
                    "publishing, process %d of %d: a step takes %.1f %% longer, with the broker killed %.1f %%",
                    process,
                    PROCESSES,
                    100 * measured.get("publish_step_overhead"),
                    100 * measured.get("publish_step_overhead_broker_killed"));
        }
        for (String name : figures.names()) {
            report.add(name, COUNTS.contains(name) ? figures.largest(name) : figures.mean(name));
            if (UNCERTAIN.contains(name)) {
                report.add(name + "_standard_error", figures.standardError(name));
                report.add(name + "_largest", figures.largest(name));
            }
        }
    }

    private static Map<String, Double> measure(BenchEnvironment environment, int process)
            throws IOException, InterruptedException {
        String name = "publish-" + process;
        Path output = environment.directory().resolve(name + ".json");
        try (Cluster cluster = Cluster.start(environment, name);
                Child training = Child.start(
                        environment,
                        name + "-training",
                        SHORT_COLLECTIONS,
                        List.of(
                                "measure-overhead",
                                "--bootstrap",
                                cluster.bootstrap(),
                                "--broker-pid",
                                Long.toString(cluster.broker().pid()),
                                "--output",
                                output.toString()))) {
            String said = "";
            while (training.isAlive()) {
                Thread.sleep(500);
                String line = training.lastLine();
                if (!line.equals(said)) {
                    environment.say("%s", line);
                    said = line;
                }
            }
            training.check();
        }
        return new ObjectMapper()
                .readValue(Files.readAllBytes(output), new TypeReference<LinkedHashMap<String, Double>>() {});
    }
}
