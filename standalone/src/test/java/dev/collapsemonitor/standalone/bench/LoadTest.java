package dev.collapsemonitor.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoadTest {
    @Test
    void thePeakOfTheResidentMemoryIsReadInKilobytes() {
        String status = "Name:\tjava\nVmPeak:\t 9000000 kB\nVmHWM:\t   1234567 kB\nVmRSS:\t 1000 kB\n";
        assertThat(Load.peakResidentBytes(status)).isEqualTo(1024.0 * 1234567);
        assertThat(Load.peakResidentBytes("Name:\tjava\n")).isNaN();
    }

    @Test
    void aProcessHasUsedTime() {
        assertThat(Load.cpuSeconds(ProcessHandle.current().pid())).isPositive();
    }
}
