package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.protocol.v1.Alert;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What became of a run, by the number of the event; bounded, the oldest go first. */
public final class EventHistory {
    /** Events that are kept of a run. */
    public static final int MOST = 200;

    private final NavigableMap<Long, Alert> events = new TreeMap<>();

    void add(Alert event) {
        events.put(event.getSequence(), event);
        while (events.size() > MOST) {
            events.pollFirstEntry();
        }
    }

    /** Oldest first. */
    List<Alert> all() {
        return List.copyOf(events.values());
    }

    long nextSequence() {
        return events.isEmpty() ? 0 : events.lastKey() + 1;
    }

    /** What the newest event about a subject led to; otherwise what every run begins with. */
    String newest(String subject, String beginning) {
        return events.descendingMap().values().stream()
                .filter(event -> event.getSubject().equals(subject))
                .map(Alert::getTo)
                .findFirst()
                .orElse(beginning);
    }
}
