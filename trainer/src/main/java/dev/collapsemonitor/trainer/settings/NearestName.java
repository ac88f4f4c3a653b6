package dev.collapsemonitor.trainer.settings;

import java.util.Collection;
import java.util.Comparator;

/** What somebody who misspelt a name probably meant. */
public final class NearestName {
    private NearestName() {}

    /**
     * A hint such as {@code "; did you mean lr?"}.
     *
     * @param known the names there are; not empty
     */
    public static String hint(String name, Collection<String> known) {
        String nearest = known.stream()
                .min(Comparator.<String>comparingInt(candidate -> edits(name, candidate))
                        .thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
        return "; did you mean " + nearest + "?";
    }

    /** Levenshtein distance: insertions, deletions and substitutions of characters. */
    static int edits(String from, String to) {
        int[] above = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[to.length() + 1];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int substituted = above[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(substituted, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        return above[to.length()];
    }
}
