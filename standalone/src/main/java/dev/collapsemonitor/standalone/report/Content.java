package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.report.document.Block;
import dev.collapsemonitor.standalone.report.plot.SvgPlots;
import java.util.List;

/** What an item turned out to be. */
sealed interface Content {
    /** Images with a caption. */
    record Images(String caption, List<SvgPlots.Image> images) implements Content {}

    /** A table with a caption. */
    record Rows(String caption, List<Block.Column> columns, List<List<String>> rows) implements Content {}

    /** Several things, the first being the item itself. */
    record Parts(List<Content> parts) implements Content {}

    /** There is nothing to show, and why. */
    record Nothing(String reason) implements Content {}
}
