package dev.collapsemonitor.standalone.export;

import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import java.util.Map;
import java.util.TreeSet;

/** An empty file for a misspelt run would look like a run without results. */
final class NamedButAbsent {
    private NamedButAbsent() {}

    /**
     * Requires that every run that was named, and the experiment, has something.
     *
     * @param what it should have, for the message
     * @param found the runs of the selection that have
     */
    static void require(
            String what, Topic topic, String bootstrap, Selection selection, Map<String, ?> found, RunTopic runs) {
        String place = " on " + topic.topicName() + " at " + bootstrap;
        for (String run : new TreeSet<>(selection.runs())) {
            if (!found.containsKey(run)) {
                boolean ofOther = selection.experiment().isPresent()
                        && !selection.experiment().get().equals(runs.experiment(run))
                        && !runs.experiment(run).isEmpty();
                throw new UserException(
                        ofOther
                                ? "run " + run + " belongs to experiment " + runs.experiment(run) + ", not "
                                        + selection.experiment().get() + "; leave one of --run and --experiment out"
                                : "run " + run + " has no " + what + place
                                        + "; check its name, the page of a monitor and /api/runs list all");
            }
        }
        if (selection.experiment().isPresent() && found.isEmpty()) {
            throw new UserException("no run of experiment "
                    + selection.experiment().get() + " has " + what + place + "; check its name");
        }
    }
}
