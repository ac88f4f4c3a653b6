package dev.collapsemonitor.standalone;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Other processes of this program. They hold a pipe to us as their standard input and end with us, even by kill -9. */
final class ChildJvm {
    private static final long KILL_SECONDS = 5;

    private ChildJvm() {}

    /**
     * A process, not started yet.
     *
     * @param main its main class, which reads standard input to its end with {@link ParentPipe}
     * @param jvmOptions of its own
     * @param threads for the numerics of one run
     * @param arguments of the main class
     */
    static ProcessBuilder of(Class<?> main, List<String> jvmOptions, int threads, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // One training thread: a parallel collector would only take another run's core.
        command.add("-XX:+UseSerialGC");
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        // Options from the user's environment are meant for the command that starts us.
        environment.keySet().removeIf(name -> name.startsWith("COLLAPSE_"));
        environment.put("OMP_NUM_THREADS", Integer.toString(threads));
        environment.put("OPENBLAS_NUM_THREADS", Integer.toString(threads));
        return builder;
    }

    /** Ends a process: it may say goodbye to the broker, but not for ever. */
    static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
