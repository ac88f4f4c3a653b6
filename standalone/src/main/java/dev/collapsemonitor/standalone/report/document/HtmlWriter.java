package dev.collapsemonitor.standalone.report.document;

import java.util.stream.Collectors;

/** One HTML file that needs no other: images inside, no scripts, fit for print, light and dark. */
public final class HtmlWriter {
    private static final String STYLE = """
            :root { color-scheme: light dark; --ink: #222; --ground: #fff; --faint: #666; --line: #ddd; }
            @media (prefers-color-scheme: dark) {
              :root { --ink: #ddd; --ground: #181818; --faint: #999; --line: #444; } }
            body { font: 15px/1.5 "DejaVu Sans", Verdana, Geneva, sans-serif; color: var(--ink);
              background: var(--ground); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
            h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-top: 1px solid var(--line);
              padding-top: 1rem; } h3 { font-size: 1.05rem; margin-top: 2rem; }
            .wide { overflow-x: auto; }
            table { border-collapse: collapse; font-size: 0.85rem; margin: 0.5rem 0; }
            th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid var(--line); text-align: left;
              vertical-align: top; }
            th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
            td.number { white-space: nowrap; }
            figure { margin: 1.5rem 0; }
            .images { display: flex; flex-wrap: wrap; gap: 0.5rem; justify-content: center; background: #fff; padding: 0.25rem;
              border: 1px solid var(--line); }
            .images svg { max-width: 100%; height: auto; }
            .caption, figcaption { font-size: 0.9rem; margin: 0.5rem 0; }
            .origin { font-size: 0.75rem; color: var(--faint); margin: 0.25rem 0; overflow-wrap: anywhere; }
            dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; font-size: 0.9rem; }
            dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
            code { font-family: "DejaVu Sans Mono", monospace; }
            @media print { :root { color-scheme: light; --ink: #000; --ground: #fff; }
              body { max-width: none; margin: 0; font-size: 10pt; } .wide { overflow: visible; }
              figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; } }
            """;

    private final StringBuilder out = new StringBuilder();

    private HtmlWriter() {}

    /** The text of a document. */
    public static String write(Document document) {
        HtmlWriter writer = new HtmlWriter();
        String title = text(document.title());
        writer.out
                .append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
                .append(title)
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n</head>\n<body>\n<h1>")
                .append(title)
                .append("</h1>\n");
        document.blocks().forEach(writer::write);
        return writer.out.append("</body>\n</html>\n").toString();
    }

    private void write(Block block) {
        if (block instanceof Block.Heading heading) {
            element("h" + heading.level(), text(heading.text()));
        } else if (block instanceof Block.Paragraph paragraph) {
            element("p", prose(paragraph.text()));
        } else if (block instanceof Block.Facts facts) {
            out.append("<dl>\n");
            facts.facts().forEach(fact -> {
                element("dt", text(fact.name()));
                element("dd", prose(fact.value()));
            });
            out.append("</dl>\n");
        } else if (block instanceof Block.Table table) {
            write(table);
        } else if (block instanceof Block.Figure figure) {
            write(figure);
        }
    }

    private void write(Block.Table table) {
        out.append("<section id=\"").append(text(table.id())).append("\">\n");
        if (!table.caption().isEmpty()) {
            out.append("<p class=\"caption\">").append(prose(table.caption())).append("</p>\n");
        }
        out.append("<div class=\"wide\"><table>\n<thead><tr>");
        table.columns().forEach(column -> cell("th", column, column.name()));
        out.append("</tr></thead>\n<tbody>\n");
        table.rows().forEach(row -> {
            out.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                cell("td", table.columns().get(i), row.get(i));
            }
            out.append("</tr>\n");
        });
        out.append("</tbody>\n</table></div>\n");
        write(table.origin());
        out.append("</section>\n");
    }

    private void cell(String tag, Block.Column column, String value) {
        out.append('<').append(tag).append(column.isNumber() ? " class=\"number\">" : ">");
        out.append(text(value)).append("</").append(tag).append('>');
    }

    private void write(Block.Figure figure) {
        out.append("<figure id=\"").append(text(figure.id())).append("\">\n<div class=\"images\">\n");
        figure.images().forEach(image -> out.append(image.svg()));
        out.append("</div>\n<figcaption>").append(prose(figure.caption())).append("</figcaption>\n");
        write(figure.origin());
        out.append("</figure>\n");
    }

    private void write(Block.Origin origin) {
        if (!origin.command().isEmpty()) {
            out.append("<p class=\"origin\">Runs: ")
                    .append(text(origin.runs()))
                    .append(". Made by <code>")
                    .append(text(origin.command()))
                    .append("</code></p>\n");
        }
    }

    private void element(String tag, String inner) {
        out.append('<').append(tag).append('>').append(inner);
        out.append("</").append(tag).append(">\n");
    }

    private static String prose(String text) {
        return Prose.pieces(text).stream()
                .map(piece -> piece.arxivId().isEmpty()
                        ? text(piece.text())
                        : "<a href=\"" + piece.link() + "\">" + text(piece.text()) + "</a>")
                .collect(Collectors.joining());
    }

    /** Text in which no character means anything but itself, in attributes too. */
    static String text(String plain) {
        return plain.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
