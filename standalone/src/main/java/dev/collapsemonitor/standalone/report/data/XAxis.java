package dev.collapsemonitor.standalone.report.data;

import java.util.Locale;

/** What curves are drawn against. */
public enum XAxis {
    STEP("step", "step"),
    EPOCH("epoch", "epoch"),
    DECAY_BUDGET("decay budget Σηλ", "decay_budget"),
    LOSS("train loss", "loss");

    private final String label;
    private final Measure measure;

    XAxis(String label, String measure) {
        this.label = label;
        this.measure = Measure.of(measure);
    }

    /** As study files have it. */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public String label() {
        return label;
    }

    /** What is measured along it. */
    public Measure measure() {
        return measure;
    }
}
