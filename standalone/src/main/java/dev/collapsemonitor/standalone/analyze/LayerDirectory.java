package dev.collapsemonitor.standalone.analyze;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.arrays.ArrayLocations;
import dev.collapsemonitor.trainer.arrays.NpzFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The layers that the names of a directory's files tell of: {@code NAME.features.npy} and so on, {@code NAME.npz}, and
 * {@code labels.npy}, {@code predictions.npy} for all.
 *
 * @param layers by name, in natural order
 * @param unused names of array files that follow no convention
 */
record LayerDirectory(Map<String, ArrayLocations> layers, List<String> unused) {
    private static final String CONVENTION = "NAME.features.npy with labels.npy, NAME.weights.npy, or NAME.npz";

    /** What an array is of its layer; in lower case as files and members spell it. */
    private enum Part {
        FEATURES,
        LABELS,
        PREDICTIONS,
        WEIGHTS,
        BIAS;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Reads the names.
     *
     * @throws UserException when there is no layer, or one lacks what it needs
     */
    static LayerDirectory scan(Path directory) {
        return new Scan(directory).run();
    }

    private static final class Scan {
        private final Path directory;
        private final Map<String, Map<Part, String>> found = new TreeMap<>(new NaturalOrder());
        private final Map<Part, String> shared = new EnumMap<>(Part.class);
        private final List<String> unused = new ArrayList<>();

        Scan(Path directory) {
            this.directory = directory;
        }

        LayerDirectory run() {
            for (String file : files()) {
                if (file.endsWith(".npz")) {
                    addArchive(file);
                } else if (file.endsWith(".npy")) {
                    addArray(file);
                }
            }
            if (found.isEmpty()) {
                throw new UserException("--dir " + directory + " holds no layer"
                        + (unused.isEmpty() ? "" : " but " + String.join(", ", unused)) + "; name the files "
                        + CONVENTION);
            }
            Map<String, ArrayLocations> layers = new TreeMap<>(new NaturalOrder());
            found.forEach((name, parts) -> layers.put(name, locations(name, parts)));
            return new LayerDirectory(layers, unused);
        }

        private List<String> files() {
            try (Stream<Path> files = Files.list(directory)) {
                return files.filter(Files::isRegularFile)
                        .map(file -> file.getFileName().toString())
                        .sorted(new NaturalOrder())
                        .toList();
            } catch (IOException e) {
                throw new UserException("--dir " + directory + " is not a readable directory; check the path", e);
            }
        }

        private void addArray(String file) {
            for (Part part : Part.values()) {
                String suffix = part.word() + ".npy";
                if (file.equals(suffix) && (part == Part.LABELS || part == Part.PREDICTIONS)) {
                    shared.put(part, path(file));
                    return;
                }
                if (file.endsWith("." + suffix) && file.length() > suffix.length() + 1) {
                    add(file.substring(0, file.length() - suffix.length() - 1), part, path(file));
                    return;
                }
            }
            unused.add(file);
        }

        private void addArchive(String file) {
            String name = file.substring(0, file.length() - ".npz".length());
            List<String> members = NpzFile.open(directory.resolve(file)).names();
            boolean used = false;
            for (Part part : Part.values()) {
                if (members.contains(part.word()) && !name.isEmpty()) {
                    add(name, part, path(file) + ":" + part.word());
                    used = true;
                }
            }
            if (!used) {
                unused.add(file);
            }
        }

        private void add(String name, Part part, String location) {
            String other = found.computeIfAbsent(name, key -> new EnumMap<>(Part.class))
                    .put(part, location);
            if (other != null) {
                throw new UserException("layer " + name + " has its " + part.word() + " twice: " + other + " and "
                        + location + "; remove one");
            }
        }

        private String path(String file) {
            return directory.resolve(file).toString();
        }

        private ArrayLocations locations(String name, Map<Part, String> parts) {
            boolean features = parts.containsKey(Part.FEATURES);
            for (Part part : new Part[] {Part.LABELS, Part.PREDICTIONS}) {
                if (!features && parts.containsKey(part)) {
                    throw new UserException(parts.get(part) + " belongs to rows of features; add " + name
                            + ".features.npy or remove it");
                }
                if (features && shared.containsKey(part)) {
                    parts.putIfAbsent(part, shared.get(part));
                }
            }
            if (features && !parts.containsKey(Part.LABELS)) {
                throw new UserException(parts.get(Part.FEATURES) + " has no labels; add " + name
                        + ".labels.npy, or labels.npy for all layers");
            }
            if (parts.containsKey(Part.BIAS) && !parts.containsKey(Part.WEIGHTS)) {
                throw new UserException(parts.get(Part.BIAS) + " has no weights; add " + name + ".weights.npy");
            }
            return new ArrayLocations(
                    location(parts, Part.FEATURES),
                    location(parts, Part.LABELS),
                    location(parts, Part.PREDICTIONS),
                    location(parts, Part.WEIGHTS),
                    location(parts, Part.BIAS));
        }

        private static Optional<String> location(Map<Part, String> parts, Part part) {
            return Optional.ofNullable(parts.get(part));
        }
    }
}
