package dev.collapsemonitor.standalone.report.document;

import java.util.List;

/** What a report says, whatever it is written as. */
public record Document(String title, List<Block> blocks) {
    public Document {
        blocks = List.copyOf(blocks);
    }
}
