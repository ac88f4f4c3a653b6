package dev.collapsemonitor.monitor.topology;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Whether the group can still count on this instance: whether its brokers have answered a heartbeat of each of its members
 * within the session timeout. After that the group gives the tasks to others, who export the runs; this instance cannot know
 * (it is cut off, or was stopped), so it must stop exporting them by itself.
 *
 * <p>After a lapse a member counts again only when it surely knows whether it lost its tasks: after
 * {@value #ANSWERS_AFTER_A_LAPSE} answers (one may have waited in a buffer since before the lapse, one may come from a broker
 * that is no longer the group's), and two polls of its thread after these (in the first of which it gives up lost tasks).
 */
final class GroupContact {
    static final int ANSWERS_AFTER_A_LAPSE = 3;
    private static final int POLLS_AFTER_THE_ANSWERS = 2;

    private final long sessionTimeoutMillis;
    private final LongSupplier clock;
    private final Supplier<Map<String, Counts>> source;
    private final Map<String, Member> members = new HashMap<>();

    /**
     * What one member, a stream thread, has counted since it was made.
     *
     * @param answers heartbeats that a broker answered
     * @param polls polls that returned
     */
    record Counts(long answers, long polls) {}

    /**
     * @param clock milliseconds that go on while the process is stopped
     * @param source the counts of each member, by its name
     */
    GroupContact(long sessionTimeoutMillis, LongSupplier clock, Supplier<Map<String, Counts>> source) {
        this.sessionTimeoutMillis = sessionTimeoutMillis;
        this.clock = clock;
        this.source = source;
    }

    /** Looks at the counts now; to be called often, in order to know when they last changed. */
    synchronized boolean holds() {
        long now = clock.getAsLong();
        Map<String, Counts> counts = source.get();
        members.keySet().retainAll(counts.keySet());
        boolean holds = true;
        for (Map.Entry<String, Counts> entry : counts.entrySet()) {
            Member member = members.computeIfAbsent(entry.getKey(), name -> new Member(entry.getValue(), now));
            holds &= member.holds(entry.getValue(), now);
        }
        return holds;
    }

    private final class Member {
        private long answers;
        private long answeredMillis;
        private boolean lapsed;
        private long answersNeeded;
        private OptionalLong pollsNeeded = OptionalLong.empty();

        Member(Counts first, long nowMillis) {
            answers = first.answers();
            answeredMillis = nowMillis;
        }

        boolean holds(Counts counts, long nowMillis) {
            if (nowMillis - answeredMillis > sessionTimeoutMillis) {
                lapsed = true;
                answersNeeded = answers + ANSWERS_AFTER_A_LAPSE;
                pollsNeeded = OptionalLong.empty();
            }
            if (counts.answers() != answers) {
                answers = counts.answers();
                answeredMillis = nowMillis;
            }
            if (lapsed && answers >= answersNeeded) {
                if (pollsNeeded.isEmpty()) {
                    pollsNeeded = OptionalLong.of(counts.polls() + POLLS_AFTER_THE_ANSWERS);
                } else if (counts.polls() >= pollsNeeded.getAsLong()) {
                    lapsed = false;
                }
            }
            return !lapsed;
        }
    }
}
