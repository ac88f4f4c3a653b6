package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.Alert;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything known of one run. Fed by the stream thread that owns it, read by HTTP threads: every method locks.
 *
 * <p>Updates are upserts and may come in any order; only the newest attempt is current, the history keeps the newest
 * {@value RunLimits#KEPT_ATTEMPTS} attempts, the coarser the longer they are.
 */
public final class Run {
    private final String name;
    private final RunMemory memory;
    private final ProgressHistory progressHistory = new ProgressHistory();
    private final Map<String, ResultHistory> history = new TreeMap<>();
    private final CurrentResults current = new CurrentResults();
    private final List<LayerResult> thinned = new ArrayList<>();
    private final List<Progress> thinnedProgress = new ArrayList<>();
    private final Map<Reason, Long> rejected = new EnumMap<>(Reason.class);
    private long historyBytes; // of results
    private long chargedBytes;
    private boolean closed;
    private RunDescriptor descriptor;
    private Progress progress;
    private long lastRecordMillis;
    private long silenceMillis;
    private long restoredMillis;
    private boolean notFinite;
    private int attempt;
    private final EventHistory events = new EventHistory();
    private RunInsight insight = RunInsight.NONE;
    private boolean described;
    private boolean changed;

    Run(String name) {
        this(name, new RunMemory(RunLimits.DEFAULT));
    }

    Run(String name, RunMemory memory) {
        this.name = name;
        this.memory = memory;
        account();
    }

    public String name() {
        return name;
    }

    /** Takes the descriptor of an attempt; one of an older attempt is ignored. */
    public synchronized void update(RunDescriptor newDescriptor, long timestampMillis) {
        seen(newDescriptor.getAttempt(), timestampMillis);
        if (newDescriptor.getAttempt() == attempt) {
            descriptor = newDescriptor;
            described = true;
            changed = true;
        }
        account();
    }

    /**
     * Requires that there is room for a result.
     *
     * @throws InvalidRecordException when the run has as many layers as it may, or memory is short, and this is another
     */
    public synchronized void requireRoomFor(LayerResult result) {
        String layer = result.getLayer().getName();
        if (history.containsKey(layer)) {
            return;
        }
        memory.requireLayers(name, history.size() + 1);
        if (!history.isEmpty() && memory.exceeded()) {
            throw new InvalidRecordException(
                    Reason.LIMIT,
                    "layer " + layer + " of run " + name + " is new, but the runs of this monitor take "
                            + memory.used() + " of " + memory.limits().maxHistoryBytes()
                            + " bytes; raise --max-history-bytes or watch fewer runs with one monitor");
        }
    }

    /** Takes a progress record; one of an older attempt, or of an older step, changes no current value. */
    public synchronized void update(Progress newProgress, long timestampMillis) {
        seen(newProgress.getAttempt(), timestampMillis);
        if (newProgress.getAttempt() < attempt) {
            return;
        }
        notFinite |= newProgress.hasLoss() && !Double.isFinite(newProgress.getLoss());
        if (newProgress.hasLoss()) {
            changed = true;
            thinnedProgress.addAll(progressHistory.add(newProgress));
        }
        advance(newProgress);
        account();
    }

    /** What the history keeps of a progress record. */
    public static Progress historic(Progress progress) {
        return ProgressHistory.entry(progress);
    }

    /**
     * Takes what {@link #progress()} said before a restart. It is put together from several records, so it belongs to no
     * single step of the history.
     */
    public synchronized void resume(Progress standing, long timestampMillis) {
        seen(standing.getAttempt(), timestampMillis);
        if (standing.getAttempt() == attempt) {
            advance(standing);
        }
        account();
    }

    private void advance(Progress newProgress) {
        boolean ended = progress != null && isEnd(progress);
        if (progress == null || isEnd(newProgress) || (!ended && progress.getStep() <= newProgress.getStep())) {
            progress = merged(progress, newProgress);
        }
    }

    /** Whether a record says that its attempt is over. */
    public static boolean isEnd(Progress progress) {
        return progress.getEvent() == ProgressEvent.FINISHED || progress.getEvent() == ProgressEvent.FAILED;
    }

    /** A heartbeat that says less does not hide what the last one said. */
    private static Progress merged(Progress before, Progress now) {
        Progress.Builder builder = now.toBuilder();
        if (before != null) {
            if (!now.hasLoss() && before.hasLoss()) {
                builder.setLoss(before.getLoss());
            }
            if (!now.hasAccuracy() && before.hasAccuracy()) {
                builder.setAccuracy(before.getAccuracy());
            }
            if (!now.hasLearningRate() && before.hasLearningRate()) {
                builder.setLearningRate(before.getLearningRate());
            }
            if (!now.hasElasticityProbe() && before.hasElasticityProbe()) {
                builder.setElasticityProbe(before.getElasticityProbe());
            }
        }
        return builder.build();
    }

    /**
     * Takes a result; of two of one identity the one with the higher coverage holds, and of an attempt that is given up
     * none. Returns whether it is new.
     */
    public synchronized boolean update(LayerResult result, long timestampMillis) {
        // A snapshot closed for want of its parts is no sign of life, nor is a result that is published again.
        boolean alive = result.getCoverage() == 1 && !holds(result);
        seen(result.getAttempt(), alive ? timestampMillis : 0);
        notFinite |= result.getNotFinite() && result.getAttempt() == attempt;
        if (isGivenUp(result.getAttempt())) {
            return false;
        }
        ResultHistory results = history.computeIfAbsent(result.getLayer().getName(), layer -> new ResultHistory());
        long bytesBefore = results.bytes();
        boolean taken = results.add(result);
        if (taken) {
            changed |= result.getLayer().getClassifier();
            thinned.addAll(results.thin(result));
            historyBytes += results.bytes() - bytesBefore;
            if (result.getAttempt() == attempt) {
                current.take(result);
            }
        }
        if (result.getAttempt() < attempt) {
            forgetOldAttempts();
        }
        account();
        return taken;
    }

    private boolean holds(LayerResult result) {
        ResultHistory results = history.get(result.getLayer().getName());
        return results != null && results.holds(result);
    }

    private NavigableSet<Integer> olderAttempts() {
        NavigableSet<Integer> attempts = new TreeSet<>();
        history.values().forEach(results -> attempts.addAll(results.attempts()));
        return attempts.headSet(attempt, false);
    }

    /** Whether results of an attempt are not kept any more. */
    private boolean isGivenUp(int ofResult) {
        if (ofResult >= attempt) {
            return false;
        }
        NavigableSet<Integer> older = olderAttempts();
        return older.size() >= RunLimits.KEPT_ATTEMPTS - 1 && ofResult < older.first();
    }

    private void forgetOldAttempts() {
        NavigableSet<Integer> older = olderAttempts();
        while (older.size() >= RunLimits.KEPT_ATTEMPTS) {
            int oldest = older.pollFirst();
            history.values().forEach(results -> give(results.forget(oldest)));
            history.values().removeIf(ResultHistory::isEmpty);
        }
    }

    /** Takes note of what a layer's history gave up. */
    private void give(List<LayerResult> gone) {
        gone.forEach(result -> historyBytes -= RunMemory.of(result));
        thinned.addAll(gone);
    }

    /** Makes the longest series of the run coarser, because memory is short. */
    synchronized void coarsen() {
        ResultHistory longest = history.values().stream()
                .max(Comparator.comparingInt(ResultHistory::longestLength))
                .orElse(null);
        if (longest != null && longest.longestLength() > progressHistory.size()) {
            give(longest.thinLongest());
        } else {
            thinnedProgress.addAll(progressHistory.thin());
        }
        account();
    }

    private void account() {
        long bytes = RunMemory.RUN_BYTES + historyBytes + progressHistory.bytes();
        bytes += descriptor == null ? 0 : RunMemory.of(descriptor);
        bytes += progress == null ? 0 : RunMemory.of(progress);
        if (!closed) {
            memory.change(bytes - chargedBytes);
            chargedBytes = bytes;
        }
    }

    /** The run is not in the directory any more: gives its memory back. */
    synchronized void close() {
        closed = true;
        memory.change(-chargedBytes);
        chargedBytes = 0;
    }

    /** Results that the history has given up since this was asked last: what is stored of them can go, too. */
    public synchronized List<LayerResult> takeThinned() {
        List<LayerResult> taken = List.copyOf(thinned);
        thinned.clear();
        return taken;
    }

    /** The same for progress records. */
    public synchronized List<Progress> takeThinnedProgress() {
        List<Progress> taken = List.copyOf(thinnedProgress);
        thinnedProgress.clear();
        return taken;
    }

    /** Takes note of records of this run that were rejected. */
    public synchronized void rejected(Reason reason, long records) {
        rejected.merge(reason, records, Long::sum);
    }

    /** Records of this run that were rejected since this instance owns it, by reason. */
    public synchronized Map<Reason, Long> rejected() {
        return new EnumMap<>(rejected);
    }

    private void seen(int newAttempt, long timestampMillis) {
        if (newAttempt < attempt) {
            return; // what is left of an attempt that was given up is no sign of life
        }
        lastRecordMillis = Math.max(lastRecordMillis, timestampMillis);
        if (timestampMillis > restoredMillis) {
            silenceMillis = 0;
        }
        if (newAttempt > attempt) {
            attempt = newAttempt;
            descriptor = null;
            progress = null;
            thinnedProgress.addAll(progressHistory.clear());
            current.clear();
            notFinite = false;
            forgetOldAttempts();
        }
    }

    public synchronized int attempt() {
        return attempt;
    }

    /** The descriptor of the newest attempt; its fields are at their defaults as long as none arrived. */
    public synchronized RunDescriptor descriptor() {
        return descriptor == null
                ? RunDescriptor.newBuilder().setRun(name).setAttempt(attempt).build()
                : descriptor;
    }

    /** What the newest attempt reported last; its fields are absent as long as nothing was. */
    public synchronized Progress progress() {
        return progress == null
                ? Progress.newBuilder().setRun(name).setAttempt(attempt).build()
                : progress;
    }

    /** Broker's time of the newest record of the run, in milliseconds since the epoch. */
    public synchronized long lastRecordMillis() {
        return lastRecordMillis;
    }

    /** Says that time has passed in which a record of the run would have been seen. */
    public synchronized void waited(long millis) {
        silenceMillis += millis;
    }

    /**
     * Says that all that was known before a restart is known again, and how long the run had been silent. What is delivered
     * again is no sign of life.
     *
     * @param silence 0 when the run was heard shortly before
     */
    public synchronized void restored(long silence) {
        silenceMillis = silence;
        restoredMillis = lastRecordMillis;
    }

    /** Time since the newest record of the run in which one would have been seen: not while the monitor was away or behind. */
    public synchronized long silenceMillis() {
        return silenceMillis;
    }

    public synchronized RunStatus status() {
        long promised = descriptor == null ? 0 : descriptor.getHeartbeatIntervalMs();
        return RunStatus.of(progress, notFinite || insight.lossDiverged(), silenceMillis, promised);
    }

    /** Draws the conclusions anew when what they are drawn from has changed. */
    public synchronized void conclude(PhaseSettings settings) {
        // A new attempt of which the descriptor has not come yet is not judged as one that declares nothing.
        if (changed && (descriptor != null || !described)) {
            changed = false;
            insight = RunInsight.of(this, settings);
        }
    }

    /** What followed from everything known when it was {@linkplain #conclude concluded} last. */
    public synchronized RunInsight insight() {
        return insight;
    }

    /** Takes an event about the run; one of the same number replaces it. */
    public synchronized void add(Alert event) {
        events.add(event);
    }

    /** The newest events about the run, oldest first. */
    public synchronized List<Alert> events() {
        return events.all();
    }

    /** Number of the next event. */
    public synchronized long nextEventSequence() {
        return events.nextSequence();
    }

    /** What the newest event about a subject led to. */
    synchronized String newestEvent(String subject, String beginning) {
        return events.newest(subject, beginning);
    }

    /** Whether the newest attempt reported its end, well or badly: nothing more is to be expected. */
    public synchronized boolean ended() {
        return progress != null && isEnd(progress);
    }

    /** Progress records with a loss, by step, of the newest attempt. */
    public synchronized List<Progress> progressHistory() {
        return progressHistory.entries();
    }

    /** The newest result of each layer, mode and split of the newest attempt, layers in order. */
    public synchronized List<LayerResult> current() {
        return current.inOrder();
    }

    /**
     * Training snapshots of the newest step of which every layer of the newest attempt with features has one, layers in
     * order; empty when there is no such step.
     */
    public synchronized List<LayerResult> newestOfAllLayers() {
        List<NavigableMap<ResultId, LayerResult>> layers = history.values().stream()
                .map(layer -> layer.results()
                        .tailMap(new ResultId(attempt, 0, Mode.MODE_UNSPECIFIED, Split.SPLIT_UNSPECIFIED), true))
                .filter(results -> results.values().stream().anyMatch(Run::isTrainingSnapshot))
                .toList();
        if (layers.isEmpty()) {
            return List.of();
        }
        for (LayerResult candidate : layers.get(0).descendingMap().values()) {
            if (!isTrainingSnapshot(candidate)) {
                continue; // rolling results lie between, many of them
            }
            List<LayerResult> common = layers.stream()
                    .map(results -> results.get(ResultId.of(candidate)))
                    .filter(result -> result != null && isTrainingSnapshot(result))
                    .sorted(Comparator.comparingInt(result -> result.getLayer().getIndex()))
                    .toList();
            if (common.size() == layers.size()) {
                return common;
            }
        }
        return List.of();
    }

    /** Of features: weights alone have no samples. */
    private static boolean isTrainingSnapshot(LayerResult result) {
        return result.getMode() == Mode.SNAPSHOT && result.getSplit() == Split.TRAIN && result.getSamples() > 0;
    }

    /** All results of a layer in one mode, oldest first; empty for a layer that is not known. */
    public synchronized List<LayerResult> history(String layer, Mode mode) {
        ResultHistory results = history.get(layer);
        return results == null
                ? List.of()
                : results.results().values().stream()
                        .filter(result -> result.getMode() == mode)
                        .toList();
    }

    /** Layers that results or the descriptor name, in order. */
    public synchronized List<Layer> layers() {
        Map<String, Layer> layers = new TreeMap<>();
        if (descriptor != null) {
            descriptor.getLayersList().forEach(layer -> layers.put(layer.getName(), layer));
        }
        history.values().forEach(results -> {
            Layer layer = results.results().lastEntry().getValue().getLayer();
            layers.putIfAbsent(layer.getName(), layer);
        });
        return layers.values().stream()
                .sorted(Comparator.comparingInt(Layer::getIndex))
                .toList();
    }
}
