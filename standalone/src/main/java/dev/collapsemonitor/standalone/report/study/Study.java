package dev.collapsemonitor.standalone.report.study;

import java.util.List;

/**
 * What a report shows, in order.
 *
 * @param text below the title; empty for none
 */
public record Study(String title, String text, List<Section> sections) {
    public Study {
        sections = List.copyOf(sections);
    }

    /**
     * Items under a title.
     *
     * @param text above them: plain, paragraphs parted by empty lines; empty for none
     */
    public record Section(String title, String text, List<Item> items) {
        public Section {
            items = List.copyOf(items);
        }
    }
}
