package dev.collapsemonitor.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What names of runs, experiments and layers may contain: printable characters, at most {@value #MAX_BYTES} bytes of
 * UTF-8, and no "/" in a run's name, since "/" separates run and layer in keys. Any other character is data.
 */
public final class Names {
    /** Longest name in bytes of UTF-8. */
    public static final int MAX_BYTES = 200;

    private Names() {}

    /**
     * Checks a run's name.
     *
     * @return the name
     * @throws InvalidRecordException naming the rule that is broken
     */
    public static String requireRun(String name) {
        requireName("run", name);
        if (name.indexOf('/') >= 0) {
            throw new InvalidRecordException(
                    Reason.INVALID_NAME,
                    "run name \"" + name + "\" holds a \"/\"; use another separator, such as \"-\"");
        }
        return name;
    }

    /** Checks a layer's name; see {@link #requireRun}. */
    public static String requireLayer(String name) {
        return requireName("layer", name);
    }

    /** Checks an experiment's name, which may be empty; see {@link #requireRun}. */
    public static String requireExperiment(String name) {
        return name.isEmpty() ? name : requireName("experiment", name);
    }

    private static String requireName(String what, String name) {
        if (name.isBlank()) {
            throw new InvalidRecordException(Reason.INVALID_NAME, what + " name is empty; give it one");
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_BYTES) {
            throw new InvalidRecordException(
                    Reason.INVALID_NAME,
                    what + " name of " + bytes + " bytes starts with \"" + printable(name.substring(0, 20))
                            + "\"; at most " + MAX_BYTES + " are allowed");
        }
        name.codePoints().filter(c -> !isPrintable(c)).findFirst().ifPresent(c -> {
            throw new InvalidRecordException(
                    Reason.INVALID_NAME,
                    String.format(
                            Locale.ROOT,
                            "%s name \"%s\" holds the control or invisible character U+%04X; remove it",
                            what,
                            printable(name),
                            c));
        });
        return name;
    }

    private static boolean isPrintable(int codePoint) {
        // What is unassigned depends on the age of the JDK (newer emoji), so it is no ground to reject a name.
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /** A text that may hold anything, made fit for one line of a message. */
    public static String printable(String name) {
        StringBuilder text = new StringBuilder();
        name.codePoints().forEach(c -> text.appendCodePoint(isPrintable(c) ? c : '?'));
        return text.toString();
    }
}
