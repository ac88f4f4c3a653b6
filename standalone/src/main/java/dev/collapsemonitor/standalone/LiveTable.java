package dev.collapsemonitor.standalone;

import java.io.PrintWriter;
import java.util.Locale;

/** The demo's table: a line per snapshot and run, the heading repeated now and then. */
final class LiveTable {
    private static final int ROWS_PER_HEADING = 20;
    private static final String NAMES = "%-14s";
    private static final String CELL = " %9s";

    /** Loss and accuracy of a run at some step; NaN when not reported. */
    record Report(double loss, double accuracy) {
        static final Report NONE = new Report(Double.NaN, Double.NaN);
    }

    private final PrintWriter out;
    private int rows;

    LiveTable(PrintWriter out) {
        this.out = out;
    }

    /** Adds the line of one snapshot, with the loss and accuracy that the run had reported by then. */
    void add(String run, Report report, SnapshotView snapshot) {
        if (rows++ % ROWS_PER_HEADING == 0) {
            out.println(line("run", "epoch", "step", "loss", "accuracy", "NC0 rel", "NC0", "NC1", "NC2", "NC3", "NC4"));
        }
        out.println(line(
                run,
                number(snapshot.epoch()),
                Long.toString(snapshot.step()),
                number(report.loss()),
                number(report.accuracy()),
                number(snapshot.metric("nc0_relative")),
                number(snapshot.metric("nc0")),
                number(snapshot.metric("nc1")),
                number(snapshot.metric("nc2_etf_means")),
                number(snapshot.metric("nc3")),
                number(snapshot.metric("nc4"))));
    }

    /** Three significant digits, whole numbers as such, a dash for what is undefined. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e6) {
            return Long.toString((long) value);
        }
        double magnitude = Math.abs(value);
        return String.format(Locale.ROOT, magnitude < 1e-3 || magnitude >= 1e6 ? "%.2e" : "%.3g", value);
    }

    private static String line(String name, String... cells) {
        StringBuilder line = new StringBuilder(String.format(NAMES, name));
        for (String cell : cells) {
            line.append(String.format(CELL, cell));
        }
        return line.toString();
    }
}
