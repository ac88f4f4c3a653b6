package dev.collapsemonitor.standalone.report.document;

import dev.collapsemonitor.standalone.report.plot.SvgPlots;
import java.util.stream.Collectors;

/** Markdown (GitHub's) with the images in files beside it. */
public final class MarkdownWriter {
    private final StringBuilder out = new StringBuilder();

    private MarkdownWriter() {}

    /** The text of a document; images are referred to as {@code ID.svg}. */
    public static String write(Document document) {
        MarkdownWriter writer = new MarkdownWriter();
        writer.block("# " + text(document.title()));
        document.blocks().forEach(writer::write);
        return writer.out.toString();
    }

    private void write(Block block) {
        if (block instanceof Block.Heading heading) {
            block("#".repeat(heading.level()) + " " + text(heading.text()));
        } else if (block instanceof Block.Paragraph paragraph) {
            block(prose(paragraph.text()));
        } else if (block instanceof Block.Facts facts) {
            block(facts.facts().stream()
                    .map(fact -> "* " + text(fact.name()) + ": " + prose(fact.value()))
                    .collect(Collectors.joining("\n")));
        } else if (block instanceof Block.Table table) {
            write(table);
        } else if (block instanceof Block.Figure figure) {
            write(figure);
        }
    }

    private void write(Block.Table table) {
        if (!table.caption().isEmpty()) {
            block(prose(table.caption()));
        }
        StringBuilder lines = new StringBuilder("|");
        table.columns()
                .forEach(column -> lines.append(' ').append(text(column.name())).append(" |"));
        lines.append("\n|");
        table.columns().forEach(column -> lines.append(column.isNumber() ? "--:|" : "---|"));
        table.rows().forEach(row -> {
            lines.append("\n|");
            row.forEach(cell -> lines.append(' ').append(text(cell)).append(" |"));
        });
        block(lines.toString());
        write(table.origin());
    }

    private void write(Block.Figure figure) {
        block(figure.images().stream()
                .map(image -> "![" + text(alternative(figure, image)) + "](" + image.id() + ".svg)")
                .collect(Collectors.joining("\n")));
        block(prose(figure.caption()));
        write(figure.origin());
    }

    private static String alternative(Block.Figure figure, SvgPlots.Image image) {
        return figure.images().size() == 1 ? figure.id() : image.id();
    }

    private void write(Block.Origin origin) {
        if (!origin.command().isEmpty()) {
            block("Runs: " + text(origin.runs()) + ". Made by " + code(origin.command()));
        }
    }

    private void block(String text) {
        if (out.length() > 0) {
            out.append('\n');
        }
        out.append(text).append('\n');
    }

    private static String prose(String text) {
        return Prose.pieces(text).stream()
                .map(piece -> piece.arxivId().isEmpty()
                        ? text(piece.text())
                        : "[" + text(piece.text()) + "](" + piece.link() + ")")
                .collect(Collectors.joining());
    }

    /** Text in which no character means anything but itself. */
    static String text(String plain) {
        return plain.replaceAll("\\s+", " ")
                .replaceAll("[\\\\`*\\[\\]<>&|~$]", "\\\\$0")
                // Inside a word an underscore is one; names of metrics stay readable.
                .replaceAll("(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", "\\\\_")
                .replaceFirst("^([#+=-])", "\\\\$1")
                // What begins a list, but not 0.5.
                .replaceFirst("^(\\d+)([.)])(?=\\s|$)", "$1\\\\$2");
    }

    private static String code(String plain) {
        String fence = "`";
        while (plain.contains(fence)) {
            fence += "`";
        }
        String padding = plain.startsWith("`") || plain.endsWith("`") ? " " : "";
        return fence + padding + plain.replaceAll("\\s+", " ") + padding + fence;
    }
}
