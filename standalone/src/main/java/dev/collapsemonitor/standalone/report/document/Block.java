package dev.collapsemonitor.standalone.report.document;

import dev.collapsemonitor.standalone.report.plot.SvgPlots;
import java.util.List;

/** A part of a document. */
public sealed interface Block {
    /** The title of what follows; level 2 below the document's own. */
    record Heading(int level, String text) implements Block {}

    /** Plain text; arXiv ids in it become links. */
    record Paragraph(String text) implements Block {}

    /** Names with values. */
    record Facts(List<Fact> facts) implements Block {
        public Facts {
            facts = List.copyOf(facts);
        }
    }

    /** A name with its value. */
    record Fact(String name, String value) {}

    /**
     * A table.
     *
     * @param caption above it; empty for none
     * @param origin what it is made of
     */
    record Table(String id, String caption, List<Column> columns, List<List<String>> rows, Origin origin)
            implements Block {
        public Table {
            columns = List.copyOf(columns);
            rows = List.copyOf(rows);
        }
    }

    /** A column's name and whether numbers stand in it. */
    record Column(String name, boolean isNumber) {}

    /** One or more images with a common caption. */
    record Figure(String id, String caption, List<SvgPlots.Image> images, Origin origin) implements Block {
        public Figure {
            images = List.copyOf(images);
        }
    }

    /**
     * What a table or figure is made of, and how it is made again.
     *
     * @param runs a sentence; empty when the document says it elsewhere
     * @param command to type; empty when the document says it elsewhere
     */
    record Origin(String runs, String command) {
        /** Said elsewhere. */
        public static final Origin ELSEWHERE = new Origin("", "");
    }
}
