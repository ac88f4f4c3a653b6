package dev.collapsemonitor.standalone.bench;

/** A part of the benchmark. */
interface Section {
    /** Measures and adds its figures to the report. */
    void run(BenchEnvironment environment, BenchReport report) throws Exception;
}
