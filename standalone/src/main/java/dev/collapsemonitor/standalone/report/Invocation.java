package dev.collapsemonitor.standalone.report;

/**
 * What to type for a report, with placeholders for what differs between machines: where Kafka is, where the files go.
 *
 * @param options such as {@code --experiment decay}
 */
record Invocation(String options) {
    String whole() {
        return "./collapse report " + options + " --bootstrap HOST:PORT --output DIR";
    }

    /** For one item. */
    String only(String id) {
        return whole() + " --only " + id;
    }
}
