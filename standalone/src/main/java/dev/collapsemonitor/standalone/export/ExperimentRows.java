package dev.collapsemonitor.standalone.export;

import dev.collapsemonitor.protocol.UserException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/**
 * All that is known of some runs.
 *
 * @param results of all attempts, in {@link ResultRow#ORDER}
 * @param progress of all attempts, in {@link ProgressRow#ORDER}; empty when the broker keeps none any more
 * @param descriptors of the newest attempts, in {@link DescriptorRow#ORDER}
 */
public record ExperimentRows(List<ResultRow> results, List<ProgressRow> progress, List<DescriptorRow> descriptors) {
    public ExperimentRows {
        results = List.copyOf(results);
        progress = List.copyOf(progress);
        descriptors = List.copyOf(descriptors);
    }

    /**
     * Reads the topics as they are now.
     *
     * @param bootstrap {@code host:port,…}
     * @param settings of the client, in Kafka's names
     * @param err for the progress of the reading
     * @throws UserException when the selection names what is not there, or for the brokers
     */
    public static ExperimentRows ofTopics(
            String bootstrap, Map<String, String> settings, PrintWriter err, Selection selection) {
        List<DescriptorRow> descriptors = new DescriptorTopic(bootstrap, settings, err).read(selection);
        List<ProgressRow> progress = new ProgressTopic(bootstrap, settings, err).readIfAny(selection);
        return new ExperimentRows(new ResultTopic(bootstrap, settings, err).read(selection), progress, descriptors);
    }
}
