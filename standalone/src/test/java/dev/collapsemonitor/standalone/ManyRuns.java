package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Snapshots of many runs, each with arrays of its own, and what the slow oracle makes of them. */
final class ManyRuns {
    private static final double TOLERANCE = 1e-6;

    private final String prefix;
    private final int count;
    private final int parts;

    ManyRuns(String prefix, int count, int parts) {
        this.prefix = prefix;
        this.count = count;
        this.parts = parts;
    }

    List<String> names() {
        return IntStream.range(0, count).mapToObj(this::name).toList();
    }

    private String name(int run) {
        return prefix + " " + run;
    }

    /** The records of one step, all runs interleaved: a snapshot of each is under way until the last record. */
    List<ProducerRecord<byte[], byte[]>> step(int step) {
        List<List<ProducerRecord<byte[], byte[]>>> runs = IntStream.range(0, count)
                .mapToObj(run -> arrays(run, step).records(name(run), 1, step, parts))
                .toList();
        List<ProducerRecord<byte[], byte[]>> all = new ArrayList<>();
        for (int i = 0; i < runs.get(0).size(); i++) {
            for (List<ProducerRecord<byte[], byte[]>> run : runs) {
                all.add(run.get(i));
            }
        }
        return all;
    }

    /** Whether every run has a result of a step. */
    boolean haveResults(String bootstrap, int step) {
        return KillIT.results(bootstrap, prefix).keySet().stream()
                        .filter(key -> key.endsWith(" step " + step))
                        .count()
                == count;
    }

    /** Requires that the results of all runs and steps are complete and those of the oracle. */
    void assertResults(String bootstrap, int steps) {
        Map<String, LayerResult> results = KillIT.results(bootstrap, prefix);
        assertThat(results).hasSize(count * steps);
        for (int run = 0; run < count; run++) {
            for (int step = 1; step <= steps; step++) {
                String key = name(run) + "/fc step " + step;
                LayerResult result = results.get(key);
                assertThat(result.getCoverage()).as(key).isEqualTo(1);
                Map<String, Double> expected = oracle(run, step);
                Map<String, Double> actual = new TreeMap<>(result.getMetricsMap());
                MetricsAgreement.assertAgree(key, actual, expected, TOLERANCE);
            }
        }
    }

    private Map<String, Double> oracle(int run, int step) {
        MadeUpLayer arrays = arrays(run, step);
        Map<String, Double> expected = new TreeMap<>(
                PublishedArrays.of(arrays.features(name(run), 1, step, parts), arrays.weights(name(run), 1, step))
                        .oracle(new PublishedArrays.Key("fc", step, Split.TRAIN))
                        .values());
        // Of the MSE loss; this layer has the other.
        expected.keySet().removeIf(name -> name.startsWith("mse_loss") || name.startsWith("central_path"));
        return expected;
    }

    private static MadeUpLayer arrays(int run, int step) {
        return new MadeUpLayer(1000L * step + run);
    }
}
