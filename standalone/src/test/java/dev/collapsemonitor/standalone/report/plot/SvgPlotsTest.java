package dev.collapsemonitor.standalone.report.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class SvgPlotsTest {
    private static final String AWKWARD = "<script>alert(1)</script> & \"x\"";

    @Test
    void aPlotIsWellFormedSmallAndTheSameEachTime() throws Exception {
        List<LinePlot> plots = List.of(plot("", 12, 60));
        SvgPlots.Image image = SvgPlots.lines("figure-1", AWKWARD, plots).get(0);
        Document svg = parse(image.svg());
        assertThat(image.svg().length()).isLessThan(40_000);
        assertThat(SvgPlots.lines("figure-1", AWKWARD, plots).get(0)).isEqualTo(image);
        assertThat(svg.getElementsByTagName("script").getLength()).isZero();
        assertThat(texts(svg)).contains("step", "nc1", AWKWARD + " 0", AWKWARD + " 11");
        assertThat(svg.getElementsByTagName("title").item(0).getTextContent()).isEqualTo(AWKWARD);
        assertThat(svg.getDocumentElement().getAttribute("viewBox")).startsWith("0 0 760 ");
    }

    @Test
    void identifiersBeginWithTheFigureSoThatPlotsCanShareAPage() throws Exception {
        for (SvgPlots.Image image : SvgPlots.lines("figure-7", "d", List.of(plot("a", 2, 5), plot("b", 2, 5)))) {
            NodeList all = parse(image.svg()).getElementsByTagName("*");
            for (int i = 0; i < all.getLength(); i++) {
                String id = ((Element) all.item(i)).getAttribute("id");
                assertThat(id)
                        .satisfiesAnyOf(
                                none -> assertThat(none).isEmpty(),
                                some -> assertThat(some).startsWith(image.id() + "-"));
            }
        }
    }

    @Test
    void severalPlotsHaveOneLegend() throws Exception {
        List<SvgPlots.Image> images = SvgPlots.lines("f", "d", List.of(plot("left", 2, 5), plot("right", 3, 5)));
        assertThat(images).extracting(SvgPlots.Image::id).containsExactly("f-legend", "f-1", "f-2");
        assertThat(texts(parse(images.get(0).svg()))).containsExactly(AWKWARD + " 0", AWKWARD + " 1", AWKWARD + " 2");
        assertThat(texts(parse(images.get(1).svg()))).contains("left").doesNotContain(AWKWARD + " 0");
    }

    @Test
    void aHeatMapWritesItsNumbers() throws Exception {
        double[][] cells = {{1, 1e-5}, {Double.NaN, 30}};
        HeatPlot plot = new HeatPlot("nc0", "lr", List.of("0.1", "0.2"), "decay", List.of("0", "1e-4"), cells, true);
        assertThat(texts(parse(SvgPlots.heat("f", "d", List.of(plot)).get(0).svg())))
                .contains("nc0", "lr", "decay", "0.1", "0.2", "0", "1e-4", "1", "1e-5", "–", "30");
    }

    @Test
    void logarithmicAxesAreLabelledAtRoundNumbers() {
        assertThat(DecadeAxis.values(0.0009, 1100)).containsExactly(0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0);
        assertThat(DecadeAxis.values(0.9, 60)).containsExactly(1.0, 2.0, 5.0, 10.0, 20.0, 50.0);
        assertThat(DecadeAxis.values(1e-12, 1)).hasSizeBetween(4, 8).contains(1.0);
        assertThat(DecadeAxis.values(0.21, 0.29)).hasSizeBetween(3, 7);
    }

    @Test
    void numbersHaveThreeDigitsInEveryLocale() {
        assertThat(List.of(0.123456, 1234.5, 1.66e-5, 0.0, -0.00012345, 2.5e9, 100.0, 0.5))
                .extracting(Figures::of)
                .containsExactly("0.123", "1230", "1.66e-5", "0", "-1.23e-4", "2.5e9", "100", "0.5");
        assertThat(Figures.of(Double.NaN)).isEqualTo("–");
        assertThat(Figures.of(9.999e-4)).isEqualTo("0.001");
        assertThat(Figures.of(1e-10)).isEqualTo("1e-10");
    }

    private static LinePlot plot(String title, int lines, int points) {
        List<LinePlot.Line> all = new ArrayList<>();
        for (int line = 0; line < lines; line++) {
            List<LinePlot.Point> curve = new ArrayList<>();
            for (int i = 0; i < points; i++) {
                double y = (line + 1) * Math.exp(-0.1 * i);
                curve.add(new LinePlot.Point(i * 100, y, 0.9 * y, 1.1 * y));
            }
            all.add(new LinePlot.Line(AWKWARD + " " + line, line, LinePlot.Kind.LINE, curve));
        }
        return new LinePlot(title, "step", "nc1", false, true, List.of(), all);
    }

    private static List<String> texts(Document svg) {
        NodeList texts = svg.getElementsByTagName("text");
        List<String> all = new ArrayList<>();
        for (int i = 0; i < texts.getLength(); i++) {
            all.add(texts.item(i).getTextContent());
        }
        return all;
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }
}
