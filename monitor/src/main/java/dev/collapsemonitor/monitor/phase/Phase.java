package dev.collapsemonitor.monitor.phase;

/** How far the collapse of a run is, independent of whether the run is alive. The first that holds, in this order. */
public enum Phase {
    /** Before the terminal phase of training: the network does not fit its training set yet. */
    WARMING_UP("the terminal phase of training has not begun, or is too young to judge"),
    /** NC1 or NC3 rises from its best. */
    REVERSING("NC1 or NC3 rises from its best"),
    /** NC0, NC1, NC2 and NC3 are at their levels. */
    COLLAPSED("NC0 to NC3 are at their levels"),
    /** Decoupled decay with an adaptive optimizer keeps NC0 up (arXiv 2602.16642). */
    EXCLUDED("decoupled decay with an adaptive optimizer keeps NC0 up"),
    /** NC1 or NC3 falls. */
    COLLAPSING("NC1 or NC3 falls"),
    /** NC1 and NC2 are at their levels, NC3 or NC0 stays above. */
    PARTIAL("NC1 and NC2 are at their levels, NC3 or NC0 stays above"),
    /** Neither NC1 nor NC3 falls, above their levels. */
    STALLED("neither NC1 nor NC3 falls, above their levels");

    private final String meaning;

    Phase(String meaning) {
        this.meaning = meaning;
    }

    /** What it says, in one line. */
    public String meaning() {
        return meaning;
    }
}
