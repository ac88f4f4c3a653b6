package dev.collapsemonitor.standalone.report.plot;

import java.awt.Color;
import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.io.StringWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGIDGenerator;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** Takes down as SVG what is drawn: text as text, coordinates to a tenth of a pixel, and no identifier by chance. */
final class SvgDrawing {
    private static final String SVG = "http://www.w3.org/2000/svg";

    /** The metrics of the fonts that Java drew with, where they are installed, else of about the same width. */
    private static final String FONTS = "DejaVu Sans, Verdana, Geneva, sans-serif";

    private static final List<String> SAYS_NOTHING = List.of(
            "text-rendering",
            "color-interpolation",
            "color-rendering",
            "image-rendering",
            "shape-rendering",
            "xml:space");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");

    private SvgDrawing() {}

    static String of(String id, String description, Dimension size, Consumer<Graphics2D> drawing) {
        Document document = emptyDocument();
        SVGGeneratorContext context = SVGGeneratorContext.createDefault(document);
        context.setComment(null);
        context.setPrecision(1);
        context.setIDGenerator(new SVGIDGenerator() {
            private int count;

            @Override
            public String generateID(String prefix) {
                return id + "-" + prefix + count++;
            }
        });
        SVGGraphics2D graphics = new SVGGraphics2D(context, false);
        graphics.setSVGCanvasSize(size);
        graphics.setPaint(Color.WHITE);
        graphics.fill(new Rectangle2D.Double(0, 0, size.width, size.height));
        drawing.accept(graphics);
        Element root = document.createElementNS(SVG, "svg");
        graphics.getRoot(root);
        graphics.dispose();
        root.setAttribute("viewBox", "0 0 " + size.width + " " + size.height);
        root.setAttribute("role", "img");
        root.setAttribute("font-family", FONTS);
        Set<String> idle = idleClips(root, size);
        trim(root, idle);
        Element title = document.createElementNS(SVG, "title");
        title.setTextContent(description);
        root.insertBefore(title, root.getFirstChild());
        return text(root);
    }

    private static Document emptyDocument() {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument(SVG, "svg", null);
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The clip paths that hold the whole picture, or text that was turned with it: JFreeChart sets the one before it draws
     * anything, and every element would name it.
     */
    private static Set<String> idleClips(Element root, Dimension size) {
        Set<String> idle = new HashSet<>();
        NodeList clips = root.getElementsByTagNameNS(SVG, "clipPath");
        for (int i = clips.getLength() - 1; i >= 0; i--) {
            Element clip = (Element) clips.item(i);
            Matcher numbers = NUMBER.matcher(
                    ((Element) clip.getElementsByTagNameNS(SVG, "path").item(0)).getAttribute("d"));
            double low = Double.POSITIVE_INFINITY;
            double high = 0;
            while (numbers.find()) {
                low = Math.min(low, Double.parseDouble(numbers.group()));
                high = Math.max(high, Double.parseDouble(numbers.group()));
            }
            if (low <= 0 && high >= Math.min(size.width, size.height)) {
                idle.add("url(#" + clip.getAttribute("id") + ")");
                clip.getParentNode().removeChild(clip);
            }
        }
        return idle;
    }

    /** Removes what says nothing: fonts that all inherit from the root, hints, clip paths that clip nothing. */
    private static void trim(Element element, Set<String> idleClips) {
        SAYS_NOTHING.forEach(element::removeAttribute);
        if (idleClips.contains(element.getAttribute("clip-path"))) {
            element.removeAttribute("clip-path");
        }
        NodeList children = element.getChildNodes();
        for (int i = children.getLength() - 1; i >= 0; i--) {
            Node child = children.item(i);
            if (child instanceof Element inner) {
                inner.removeAttribute("font-family");
                trim(inner, idleClips);
                if (inner.getTagName().equals("defs") && !inner.hasChildNodes()) {
                    element.removeChild(inner);
                }
            } else if (child.getNodeType() == Node.COMMENT_NODE) {
                element.removeChild(child);
            }
        }
    }

    private static String text(Element root) {
        try {
            TransformerFactory factory = TransformerFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            Transformer transformer = factory.newTransformer();
            transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
            StringWriter text = new StringWriter();
            transformer.transform(new DOMSource(root), new StreamResult(text));
            return text + "\n";
        } catch (TransformerException e) {
            throw new IllegalStateException(e);
        }
    }
}
