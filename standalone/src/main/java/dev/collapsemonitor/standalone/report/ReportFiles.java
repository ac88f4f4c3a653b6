package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.report.document.Block;
import dev.collapsemonitor.standalone.report.document.Document;
import dev.collapsemonitor.standalone.report.document.HtmlWriter;
import dev.collapsemonitor.standalone.report.document.MarkdownWriter;
import dev.collapsemonitor.standalone.report.plot.SvgPlots;
import dev.collapsemonitor.trainer.checkpoint.AtomicFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes a document as Markdown with SVG files and as HTML, and removes the figures of an earlier one. */
final class ReportFiles {
    static final String MARKDOWN = "report.md";
    static final String HTML = "report.html";

    private ReportFiles() {}

    static void write(Document document, Path directory) {
        Map<String, String> files = new LinkedHashMap<>();
        for (Block block : document.blocks()) {
            if (block instanceof Block.Figure figure) {
                for (SvgPlots.Image image : figure.images()) {
                    files.put(image.id() + ".svg", image.svg());
                }
            }
        }
        files.put(MARKDOWN, MarkdownWriter.write(document));
        files.put(HTML, HtmlWriter.write(document));
        try {
            Files.createDirectories(directory);
            for (Map.Entry<String, String> file : files.entrySet()) {
                AtomicFile.write(
                        directory.resolve(file.getKey()), temporary -> Files.writeString(temporary, file.getValue()));
            }
            try (DirectoryStream<Path> earlier = Files.newDirectoryStream(directory, "figure-[0-9]*.svg")) {
                for (Path figure : earlier) {
                    if (!files.containsKey(figure.getFileName().toString())) {
                        Files.delete(figure);
                    }
                }
            }
        } catch (IOException e) {
            throw new UserException("--output " + directory + " cannot be written (" + e + ")", e);
        }
    }
}
