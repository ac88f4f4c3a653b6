package dev.collapsemonitor.standalone.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What publishing costs a training, with a broker, and with one that is killed in the middle. */
final class PublishSection implements Section {
    /**
     * DL4J leaves many small objects: with the usual young generation one collection in six seconds takes a tenth of a second,
     * and which of the two networks it hits is chance. Short and frequent ones hit both alike, and take as long in all.
     */
    private static final List<String> SHORT_COLLECTIONS = List.of("-Xmn32m");

    @Override
    public void run(BenchEnvironment environment, BenchReport report) throws Exception {
        Path figures = environment.directory().resolve("publish.json");
        try (Cluster cluster = Cluster.start(environment, "publish");
                Child training = Child.start(
                        environment,
                        "publish-training",
                        SHORT_COLLECTIONS,
                        List.of(
                                "measure-overhead",
                                "--bootstrap",
                                cluster.bootstrap(),
                                "--broker-pid",
                                Long.toString(cluster.broker().pid()),
                                "--output",
                                figures.toString()))) {
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
        JsonNode measured = new ObjectMapper().readTree(Files.readAllBytes(figures));
        measured.fields()
                .forEachRemaining(
                        figure -> report.add(figure.getKey(), figure.getValue().asDouble()));
    }
}
