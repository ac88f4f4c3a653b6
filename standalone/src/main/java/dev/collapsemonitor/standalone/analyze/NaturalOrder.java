package dev.collapsemonitor.standalone.analyze;

import java.util.Comparator;
import java.util.regex.Pattern;

/** Orders names as people count: layer2 before layer10. */
final class NaturalOrder implements Comparator<String> {
    private static final Pattern BORDERS = Pattern.compile("(?<=\\d)(?=\\D)|(?<=\\D)(?=\\d)");

    @Override
    public int compare(String a, String b) {
        String[] left = BORDERS.split(a);
        String[] right = BORDERS.split(b);
        for (int i = 0; i < Math.min(left.length, right.length); i++) {
            int order = comparePieces(left[i], right[i]);
            if (order != 0) {
                return order;
            }
        }
        return left.length != right.length ? Integer.compare(left.length, right.length) : a.compareTo(b);
    }

    private static int comparePieces(String a, String b) {
        if (!isNumber(a) || !isNumber(b)) {
            return a.compareTo(b);
        }
        // Without leading zeros the longer number is the larger one, of any length.
        String left = a.replaceFirst("^0+(?=.)", "");
        String right = b.replaceFirst("^0+(?=.)", "");
        return left.length() != right.length() ? Integer.compare(left.length(), right.length()) : left.compareTo(right);
    }

    private static boolean isNumber(String piece) {
        return !piece.isEmpty() && piece.charAt(0) >= '0' && piece.charAt(0) <= '9';
    }
}
