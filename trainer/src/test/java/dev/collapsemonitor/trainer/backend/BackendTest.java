package dev.collapsemonitor.trainer.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.protocol.UserException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class BackendTest {
    @Test
    void shouldSayThatTheCpuRuns() {
        // One thread: the build sets OMP_NUM_THREADS.
        assertThat(Backend.describe()).isEqualTo("ND4J runs on the CPU (OPENBLAS), 1 thread");
    }

    @Test
    void shouldNameTheGpu() {
        Map<String, Object> environment = Map.of(
                "backend",
                "CUDA",
                "cuda.devicesInformation",
                List.of(Map.of(
                        "cuda.deviceName", "NVIDIA A100-SXM4-40GB", "cuda.deviceMajor", 8, "cuda.deviceMinor", 0)));
        assertThat(Backend.describe(environment, true))
                .isEqualTo("ND4J runs on the GPU (NVIDIA A100-SXM4-40GB, compute capability 8.0)");
    }

    @Test
    void shouldSayWhyNoGpuRuns() {
        Map<String, Object> environment = Map.of("backend", "CPU", "blas.vendor", "OPENBLAS", "omp.threads", 4);
        assertThat(Backend.describe(environment, true))
                .isEqualTo("ND4J runs on the CPU (OPENBLAS), 4 threads; the library for GPUs is there too, but found no"
                        + " usable GPU: it takes NVIDIA GPUs of compute capability 3.7 to 8.6");
    }

    @Test
    void shouldExplainWhenNoBackendIsThere() throws IOException, InterruptedException {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String without = Arrays.stream(all.split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("nd4j-native-1"))
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        without,
                        WithoutBackend.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output.lines().filter(line -> line.startsWith(WithoutBackend.ANSWER)))
                .containsExactly(
                        WithoutBackend.ANSWER + "ND4J has no backend that works on this machine; put nd4j-native for"
                                + " its operating system and processor on the class path, or with the Maven profile"
                                + " cuda use one of the NVIDIA GPUs of compute capability 3.7 to 8.6");
    }

    /** Runs in a process of its own. */
    static final class WithoutBackend {
        static final String ANSWER = "answer: ";

        private WithoutBackend() {}

        public static void main(String[] arguments) {
            try {
                System.out.println(ANSWER + Backend.describe());
            } catch (UserException e) {
                System.out.println(ANSWER + e.getMessage());
            }
        }
    }
}
