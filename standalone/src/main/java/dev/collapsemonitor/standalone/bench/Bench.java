package dev.collapsemonitor.standalone.bench;

import dev.collapsemonitor.protocol.UserException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs the sections of the benchmark. */
public final class Bench {
    private static final Map<String, Section> SECTIONS = sections();

    private Bench() {}

    private static Map<String, Section> sections() {
        Map<String, Section> sections = new LinkedHashMap<>();
        sections.put("kernel", new KernelSection());
        sections.put("stream", new StreamSection());
        sections.put("freshness", new FreshnessSection());
        sections.put("runs", new ManyRunsSection());
        sections.put("recovery", new RecoverySection());
        sections.put("publish", new PublishSection());
        return sections;
    }

    /** Names of all sections, in order. */
    public static List<String> names() {
        return List.copyOf(SECTIONS.keySet());
    }

    /**
     * Runs some sections.
     *
     * @throws UserException when a name is unknown
     */
    public static BenchReport run(Set<String> wanted, BenchEnvironment environment) throws Exception {
        for (String name : wanted) {
            if (!SECTIONS.containsKey(name)) {
                throw new UserException("--only " + name + " is no section; there are " + String.join(", ", names()));
            }
        }
        BenchReport report = new BenchReport();
        for (Map.Entry<String, Section> section : SECTIONS.entrySet()) {
            if (wanted.isEmpty() || wanted.contains(section.getKey())) {
                environment.say("== %s", section.getKey());
                section.getValue().run(environment, report);
            }
        }
        return report;
    }
}
