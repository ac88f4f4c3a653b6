package dev.collapsemonitor.monitor.run;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A real training, as {@code RecordRuns} of the module standalone has written it down. */
public final class RecordedRun {
    private final List<RunDescriptor> descriptors = new ArrayList<>();
    private final List<Progress> progress = new ArrayList<>();
    private final List<LayerResult> results = new ArrayList<>();

    private RecordedRun() {}

    public static RecordedRun read(String run) {
        RecordedRun recorded = new RecordedRun();
        String resource = "/recorded/" + run + ".txt";
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(RecordedRun.class.getResourceAsStream(resource), resource),
                StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                recorded.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return recorded;
    }

    private void add(String line) throws IOException {
        int space = line.indexOf(' ');
        String text = line.substring(space + 1);
        switch (line.substring(0, space)) {
            case "RunDescriptor" -> descriptors.add(parse(text, RunDescriptor.newBuilder()));
            case "Progress" -> progress.add(parse(text, Progress.newBuilder()));
            case "LayerResult" -> results.add(parse(text, LayerResult.newBuilder()));
            default -> throw new IllegalStateException("an unknown line: " + line);
        }
    }

    @SuppressWarnings("unchecked")
    private static <M extends Message> M parse(String text, Message.Builder builder) throws IOException {
        TextFormat.merge(text, builder);
        return (M) builder.build();
    }

    public List<RunDescriptor> descriptors() {
        return descriptors;
    }

    public List<Progress> progress() {
        return progress;
    }

    public List<LayerResult> results() {
        return results;
    }

    /** All of it in a run, in this order, as the monitor has it. */
    Run replay(List<LayerResult> order) {
        Run run = new Run(descriptors.get(0).getRun());
        descriptors.forEach(descriptor -> run.update(descriptor, 1));
        progress.forEach(report -> run.update(report, 1));
        order.forEach(result -> run.update(result, 1));
        run.conclude(PhaseSettings.DEFAULT);
        return run;
    }
}
