package dev.collapsemonitor.trainer.backend;

import dev.collapsemonitor.protocol.UserException;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.environment.Nd4jEnvironment;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The library that ND4J computes with. The ordinary build has the CPU's; with the Maven profile {@code cuda} that of
 * NVIDIA GPUs goes before it, and the CPU's is used where no such GPU is found.
 */
public final class Backend {
    private static final String CUDA_CLASS = "org/nd4j/linalg/jcublas/JCublasBackend.class";
    private static final String SUPPORTED_GPUS = "NVIDIA GPUs of compute capability 3.7 to 8.6";

    private Backend() {}

    /**
     * Loads ND4J, which takes a second or two, and says in one line what it runs on.
     *
     * @throws UserException when no backend works on this machine
     */
    public static String describe() {
        Map<?, ?> environment;
        try {
            environment = Nd4j.getExecutioner().getEnvironmentInformation();
        } catch (LinkageError e) {
            // The static initialiser of Nd4j fails: the first time with the reason, then with NoClassDefFoundError.
            throw new UserException(
                    "ND4J has no backend that works on this machine; put nd4j-native for its operating system and"
                            + " processor on the class path, or with the Maven profile cuda use one of the "
                            + SUPPORTED_GPUS,
                    e);
        }
        boolean withCuda = Backend.class.getClassLoader().getResource(CUDA_CLASS) != null;
        return describe(environment, withCuda);
    }

    /**
     * The line for what ND4J says of itself.
     *
     * @param withCuda whether the library for GPUs is on the class path
     */
    static String describe(Map<?, ?> environment, boolean withCuda) {
        if ("CUDA".equals(environment.get(Nd4jEnvironment.BACKEND_KEY))) {
            return "ND4J runs on the GPU (" + devices(environment) + ")";
        }
        Object threads = environment.get(Nd4jEnvironment.OMP_THREADS_KEY);
        String line = "ND4J runs on the CPU (" + environment.get(Nd4jEnvironment.BLAS_VENDOR_KEY) + "), " + threads
                + (String.valueOf(threads).equals("1") ? " thread" : " threads");
        return withCuda
                ? line + "; the library for GPUs is there too, but found no usable GPU: it takes " + SUPPORTED_GPUS
                : line;
    }

    private static String devices(Map<?, ?> environment) {
        if (!(environment.get(Nd4jEnvironment.CUDA_DEVICE_INFORMATION_KEY) instanceof List<?> devices)
                || devices.isEmpty()) {
            return "unknown device";
        }
        return String.join(", ", devices.stream().map(Backend::device).toList());
    }

    private static String device(Object device) {
        if (!(device instanceof Map<?, ?> properties)) {
            return String.valueOf(device);
        }
        return properties.get(Nd4jEnvironment.CUDA_DEVICE_NAME_KEY) + ", compute capability "
                + properties.get(Nd4jEnvironment.CUDA_DEVICE_MAJOR_VERSION_KEY) + "."
                + properties.get(Nd4jEnvironment.CUDA_DEVICE_MINOR_VERSION_KEY);
    }
}
