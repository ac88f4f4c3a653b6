package dev.collapsemonitor.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;
import java.util.List;

/** The few walls that matter; why each stands is in RATIONALE.md. */
@AnalyzeClasses(
        packages = "dev.collapsemonitor",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
    /** From the phase package on, the oracle's classes come in a jar. */
    static final class NoTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    private static final String PROTOCOL = "dev.collapsemonitor.protocol..";
    private static final String TRAINER = "dev.collapsemonitor.trainer..";
    private static final String MONITOR = "dev.collapsemonitor.monitor..";

    /** Trainers of any framework publish to the monitor: it must not need the one that we chose. */
    @ArchTest
    static final ArchRule theMonitorReachesNoTrainingFramework = noClasses()
            .that()
            .resideInAPackage(MONITOR)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.deeplearning4j..", "org.nd4j..", "org.datavec..", TRAINER);

    /** A training process must not carry Kafka Streams and a web server. */
    @ArchTest
    static final ArchRule theTrainerDoesNotReachTheMonitor = noClasses()
            .that()
            .resideInAPackage(TRAINER)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(MONITOR)
            .allowEmptyShould(true);

    /** Numerics are pure: testable without a broker, usable by {@code analyze} and the benchmarks. */
    @ArchTest
    static final ArchRule numericsKnowNoKafkaNoFilesAndNoHttp = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.collapsemonitor.monitor.linalg..",
                    "dev.collapsemonitor.monitor.statistics..",
                    "dev.collapsemonitor.monitor.geometry..",
                    "dev.collapsemonitor.monitor.forecast..",
                    "dev.collapsemonitor.monitor.phase..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..", "java.nio.file..", "java.net..", "io.javalin..", "io.micrometer..");

    /** The flow of the data; each package knows only those before it, and {@code topology} alone wires them. */
    private static final List<String> FLOW = List.of(
            "changelog",
            "linalg",
            "statistics",
            "geometry",
            "forecast",
            "phase",
            "ingest",
            "layer",
            "run",
            "exposition",
            "topology");

    @ArchTest
    static final ArchRule theMonitorsPackagesFollowTheFlow = flow();

    @ArchTest
    static final ArchRule theMonitorsPackagesHaveNoCycles =
            slices().matching("dev.collapsemonitor.monitor.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theTrainersPackagesHaveNoCycles = slices().matching("dev.collapsemonitor.trainer.(*)..")
            .should()
            .beFreeOfCycles()
            .allowEmptyShould(true);

    /** Anyone who wants to read or write our records gets by with protobuf. */
    @ArchTest
    static final ArchRule theProtocolNeedsProtobufOnly = classes()
            .that()
            .resideInAPackage(PROTOCOL)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(PROTOCOL, "com.google.protobuf..", "java..");

    private static ArchRule flow() {
        Architectures.LayeredArchitecture flow =
                Architectures.layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (String name : FLOW) {
            flow = flow.layer(name).definedBy("dev.collapsemonitor.monitor." + name + "..");
        }
        for (int i = 0; i < FLOW.size() - 1; i++) {
            String[] later = FLOW.subList(i + 1, FLOW.size()).toArray(String[]::new);
            flow = flow.whereLayer(FLOW.get(i)).mayOnlyBeAccessedByLayers(later);
        }
        return flow.whereLayer(FLOW.get(FLOW.size() - 1)).mayNotBeAccessedByAnyLayer();
    }
}
