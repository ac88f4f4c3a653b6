package dev.collapsemonitor.standalone.report.document;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.standalone.report.plot.SvgPlots;
import java.util.List;
import org.junit.jupiter.api.Test;

class WritersTest {
    private static final String AWKWARD = "<img src=x onerror=alert(1)> | *a* _b_ `c` [d](e) & \"f\" 'g' \\ $h$";

    private static final Document DOCUMENT = new Document(
            AWKWARD,
            List.of(
                    new Block.Heading(2, AWKWARD),
                    new Block.Paragraph("As in arXiv:2602.16642v2, " + AWKWARD),
                    new Block.Facts(List.of(new Block.Fact(AWKWARD, AWKWARD))),
                    new Block.Table(
                            "table-1",
                            AWKWARD,
                            List.of(new Block.Column(AWKWARD, false), new Block.Column("n", true)),
                            List.of(List.of(AWKWARD, "0.5")),
                            new Block.Origin(AWKWARD, "./collapse report `x` <b>")),
                    new Block.Figure(
                            "figure-1",
                            AWKWARD,
                            List.of(new SvgPlots.Image("figure-1", "<svg>drawn</svg>\n")),
                            new Block.Origin(AWKWARD, "./collapse report"))));

    @Test
    void inHtmlNoTextIsMarkup() {
        String html = HtmlWriter.write(DOCUMENT);
        assertThat(html)
                .doesNotContain("<img")
                .doesNotContain("<b>")
                .contains(
                        "<h1>&lt;img src=x onerror=alert(1)&gt; | *a* _b_ `c` [d](e) &amp; &quot;f&quot; &#39;g&#39; \\ $h$</h1>")
                .contains("As in <a href=\"https://arxiv.org/abs/2602.16642\">arXiv:2602.16642v2</a>, &lt;img")
                .contains("<td class=\"number\">0.5</td>")
                .contains("<svg>drawn</svg>")
                .contains("<code>./collapse report `x` &lt;b&gt;</code>");
    }

    @Test
    void inMarkdownNoTextIsMarkup() {
        String markdown = MarkdownWriter.write(DOCUMENT);
        String escaped =
                "\\<img src=x onerror=alert(1)\\> \\| \\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) \\& \"f\" 'g' \\\\ \\$h\\$";
        assertThat(markdown)
                .startsWith("# " + escaped + "\n\n## " + escaped + "\n\n")
                .contains("As in [arXiv:2602.16642v2](https://arxiv.org/abs/2602.16642), " + escaped + "\n")
                .contains("| " + escaped + " | n |\n|---|--:|\n| " + escaped + " | 0.5 |\n")
                .contains("![figure-1](figure-1.svg)\n")
                .contains("Made by ``./collapse report `x` <b>``\n")
                .doesNotContain("<svg");
    }

    @Test
    void whatWouldBeginAListDoesNot() {
        assertThat(MarkdownWriter.text("- a")).isEqualTo("\\- a");
        assertThat(MarkdownWriter.text("# a")).isEqualTo("\\# a");
        assertThat(MarkdownWriter.text("12. a")).isEqualTo("12\\. a");
        assertThat(MarkdownWriter.text("0.12")).isEqualTo("0.12");
        assertThat(MarkdownWriter.text("rank_k_distance")).isEqualTo("rank_k_distance");
        assertThat(MarkdownWriter.text("a\n- b")).isEqualTo("a - b");
    }
}
