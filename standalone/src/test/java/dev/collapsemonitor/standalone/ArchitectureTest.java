package dev.collapsemonitor.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;

/** The few walls that matter; why each stands is in RATIONALE.md. */
@AnalyzeClasses(packages = "dev.collapsemonitor", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
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
                    "dev.collapsemonitor.monitor.geometry..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..", "java.nio.file..", "java.net..", "io.javalin..", "io.micrometer..")
            .allowEmptyShould(true);

    /** The flow of the data, readable in the order of the packages; each knows only those before it. */
    @ArchTest
    static final ArchRule theMonitorsPackagesFollowTheFlow = Architectures.layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("linalg")
            .definedBy("dev.collapsemonitor.monitor.linalg..")
            .layer("statistics")
            .definedBy("dev.collapsemonitor.monitor.statistics..")
            .layer("geometry")
            .definedBy("dev.collapsemonitor.monitor.geometry..")
            .layer("ingest")
            .definedBy("dev.collapsemonitor.monitor.ingest..")
            .layer("run")
            .definedBy("dev.collapsemonitor.monitor.run..")
            .layer("exposition")
            .definedBy("dev.collapsemonitor.monitor.exposition..")
            .layer("topology")
            .definedBy("dev.collapsemonitor.monitor.topology..")
            .whereLayer("topology")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("exposition")
            .mayOnlyBeAccessedByLayers("topology")
            .whereLayer("run")
            .mayOnlyBeAccessedByLayers("exposition", "topology")
            .whereLayer("ingest")
            .mayOnlyBeAccessedByLayers("run", "exposition", "topology")
            .whereLayer("geometry")
            .mayOnlyBeAccessedByLayers("run", "exposition", "topology")
            .whereLayer("statistics")
            .mayOnlyBeAccessedByLayers("geometry", "ingest", "run", "exposition", "topology")
            .whereLayer("linalg")
            .mayOnlyBeAccessedByLayers("statistics", "geometry", "ingest", "run", "exposition", "topology");

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
}
