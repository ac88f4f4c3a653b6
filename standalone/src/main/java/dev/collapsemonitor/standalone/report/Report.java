package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.report.data.Experiment;
import dev.collapsemonitor.standalone.report.document.Block;
import dev.collapsemonitor.standalone.report.document.Document;
import dev.collapsemonitor.standalone.report.study.Item;
import dev.collapsemonitor.standalone.report.study.Study;
import dev.collapsemonitor.trainer.settings.NearestName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Puts a document together: the head, what the study asks for, the list of runs. */
final class Report {
    private final Experiment experiment;
    private final Invocation command;
    private final Set<String> only;
    private final List<Block> blocks = new ArrayList<>();
    private final Set<String> ids = new TreeSet<>();
    private int figures;
    private int tables;

    private Report(Experiment experiment, Invocation command, Set<String> only) {
        this.experiment = experiment;
        this.command = command;
        this.only = only;
    }

    /**
     * Makes a report.
     *
     * @param build what made it
     * @param only ids of the items to make; all when empty
     * @throws UserException when the study names what the experiment does not have
     */
    static Document of(Experiment experiment, Study study, Invocation command, String build, Set<String> only) {
        Report report = new Report(experiment, command, only);
        report.paragraphs(study.text());
        report.blocks.add(Head.of(experiment, command, build));
        study.sections().forEach(report::section);
        for (String id : only) {
            if (!report.ids.contains(id)) {
                throw new UserException("--only " + id + ": the report has no such item"
                        + (report.ids.isEmpty() ? "" : NearestName.hint(id, report.ids)));
            }
        }
        report.blocks.add(new Block.Heading(2, "Runs"));
        report.blocks.add(RunList.of(experiment));
        return new Document(study.title(), report.blocks);
    }

    private void section(Study.Section section) {
        List<Item> items = section.items();
        int begin = blocks.size();
        if (!section.title().isEmpty()) {
            blocks.add(new Block.Heading(2, section.title()));
        }
        paragraphs(section.text());
        int shown = 0;
        for (Item item : items) {
            shown += item(item) ? 1 : 0;
        }
        if (!only.isEmpty() && shown == 0) {
            blocks.subList(begin, blocks.size()).clear();
        }
    }

    private void paragraphs(String text) {
        for (String paragraph : text.split("\\n\\s*\\n")) {
            if (!paragraph.isBlank()) {
                blocks.add(new Block.Paragraph(paragraph.strip().replaceAll("\\s+", " ")));
            }
        }
    }

    /** Returns whether it is among those to make. */
    private boolean item(Item item) {
        boolean isTable = item.kind() == Item.Kind.TABLE;
        String name = isTable ? "Table " + ++tables : "Figure " + ++figures;
        String id = name.toLowerCase(Locale.ROOT).replace(' ', '-');
        ids.add(id);
        if (!only.isEmpty() && !only.contains(id)) {
            return false;
        }
        blocks.add(new Block.Heading(3, name + ": " + Titles.of(item)));
        Subject subject = Subject.of(item, experiment);
        Content content = subject.runs().isEmpty()
                ? new Content.Nothing("No run of the experiment has these hyper-parameters.")
                : content(subject, id);
        add(content, id, new Block.Origin(RunList.origin(subject, experiment), command.only(id)));
        return true;
    }

    private static Content content(Subject subject, String id) {
        return switch (subject.item().kind()) {
            case CURVES -> CurvesFigure.of(subject, id);
            case HEAT_MAP -> HeatMapFigure.of(subject, id);
            case PROFILE -> ProfileFigure.of(subject, id);
            case SPECTRUM -> SpectrumFigure.of(subject, id);
            case FORECAST -> ForecastFigure.of(subject, id);
            case TABLE -> SettingsTable.of(subject);
        };
    }

    private void add(Content content, String id, Block.Origin origin) {
        if (content instanceof Content.Images images) {
            blocks.add(new Block.Figure(id, images.caption(), images.images(), origin));
        } else if (content instanceof Content.Rows rows) {
            blocks.add(new Block.Table(id, rows.caption(), rows.columns(), rows.rows(), origin));
        } else if (content instanceof Content.Nothing nothing) {
            blocks.add(new Block.Paragraph(nothing.reason()));
        } else if (content instanceof Content.Parts parts) {
            for (int i = 0; i < parts.parts().size(); i++) {
                boolean first = i == 0;
                add(
                        parts.parts().get(i),
                        first ? id : id + "-part-" + (i + 1),
                        first ? origin : Block.Origin.ELSEWHERE);
            }
        }
    }
}
