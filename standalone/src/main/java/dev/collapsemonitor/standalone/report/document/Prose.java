package dev.collapsemonitor.standalone.report.document;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Plain text cut at the arXiv ids in it. */
final class Prose {
    private static final Pattern ARXIV = Pattern.compile("arXiv[: ]?\\s?(\\d{4}\\.\\d{4,5})(v\\d+)?");

    private Prose() {}

    /** A piece of text; the id of the paper that it names, or empty. */
    record Piece(String text, String arxivId) {
        String link() {
            return "https://arxiv.org/abs/" + arxivId;
        }
    }

    static List<Piece> pieces(String text) {
        List<Piece> pieces = new ArrayList<>();
        Matcher ids = ARXIV.matcher(text);
        int end = 0;
        while (ids.find()) {
            if (ids.start() > end) {
                pieces.add(new Piece(text.substring(end, ids.start()), ""));
            }
            pieces.add(new Piece(ids.group(), ids.group(1)));
            end = ids.end();
        }
        if (end < text.length()) {
            pieces.add(new Piece(text.substring(end), ""));
        }
        return pieces;
    }
}
