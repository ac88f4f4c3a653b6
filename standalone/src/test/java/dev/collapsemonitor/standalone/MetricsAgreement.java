package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Compares the metrics of two computations, all of them: one that only one side has is a difference too. */
final class MetricsAgreement {
    /** For values that are zero by their definition, where no relative error exists. */
    private static final double FLOOR = 1e-12;

    private MetricsAgreement() {}

    static void assertAgree(String what, Map<String, Double> actual, Map<String, Double> expected, double tolerance) {
        TreeSet<String> names = new TreeSet<>(actual.keySet());
        names.addAll(expected.keySet());
        Map<String, String> differences = new TreeMap<>();
        for (String name : names) {
            Double got = actual.get(name);
            Double want = expected.get(name);
            if (got == null || want == null || !(Math.abs(got - want) <= tolerance * Math.abs(want) + FLOOR)) {
                differences.put(name, "got " + got + " instead of " + want);
            }
        }
        assertThat(differences).as(what).isEmpty();
        assertThat(names).as(what).isNotEmpty();
    }
}
