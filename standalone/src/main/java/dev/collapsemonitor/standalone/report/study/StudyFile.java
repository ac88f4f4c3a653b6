package dev.collapsemonitor.standalone.report.study;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.report.data.Measure;
import dev.collapsemonitor.standalone.report.data.Moment;
import dev.collapsemonitor.standalone.report.data.View;
import dev.collapsemonitor.standalone.report.data.XAxis;
import dev.collapsemonitor.trainer.settings.YamlFile;
import dev.collapsemonitor.trainer.settings.YamlValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A sweep file as {@code report} reads it: the name of its experiment, and under {@code report} what to show.
 *
 * @param experiment that the sweep's runs belong to
 * @param study what to show; empty when the file does not say
 */
public record StudyFile(String experiment, Optional<Study> study) {
    private static final String REPORT = "report";
    private static final List<String> ITEM_KEYS =
            List.of("kind", "title", "caption", "by", "where", "layer", "split", "mode");

    /**
     * Reads a file.
     *
     * @throws UserException naming file and key that are wrong
     */
    public static StudyFile read(Path path) {
        String name = "study file " + path;
        Map<String, YamlValue> values = YamlFile.read(name, path).values();
        String usual = path.getFileName().toString().replaceFirst("\\.ya?ml$", "");
        String experiment =
                values.containsKey("experiment") ? values.get("experiment").asOption() : usual;
        return new StudyFile(
                experiment, Optional.ofNullable(values.get(REPORT)).map(report -> study(name, report, experiment)));
    }

    /** Sections in a list, or below {@code sections} beside a title and a text. */
    private static Study study(String file, YamlValue value, String experiment) {
        if (value instanceof YamlValue.Items items) {
            return new Study("Experiment " + experiment, "", sections(file, items.values()));
        }
        Keys keys = Keys.of(file + ", " + REPORT, value, List.of("title", "text", "sections"));
        String title = keys.has("title") ? keys.text("title") : "Experiment " + experiment;
        return new Study(title, keys.text("text"), sections(file, keys.items("sections")));
    }

    private static List<Study.Section> sections(String file, List<YamlValue> values) {
        List<Study.Section> sections = new ArrayList<>();
        for (YamlValue value : values) {
            String place = file + ", section " + (sections.size() + 1);
            Keys keys = Keys.of(place, value, List.of("title", "text", "figures", "tables"));
            List<Item> items = new ArrayList<>();
            for (String key : keys.inOrder("figures", "tables")) {
                boolean tables = key.equals("tables");
                int number = 0;
                for (YamlValue item : keys.items(key)) {
                    items.add(item(
                            place + (tables ? ", table " : ", figure ") + ++number,
                            item,
                            tables ? Optional.of(Item.Kind.TABLE) : Optional.empty()));
                }
            }
            sections.add(new Study.Section(keys.text("title"), keys.text("text"), items));
        }
        return sections;
    }

    private static Item item(String place, YamlValue value, Optional<Item.Kind> usual) {
        Item.Kind kind = kind(place, value, usual);
        List<String> known = new ArrayList<>(ITEM_KEYS);
        known.addAll(ownKeys(kind));
        Keys keys = Keys.of(place + " (" + kind.key() + ")", value, known);
        List<Measure> measures = measures(keys);
        if (measures.isEmpty() && ownKeys(kind).contains("metrics")) {
            throw new UserException(keys.place() + " has no metric; name one with metric, or more with metrics");
        }
        return new Item(
                keys.place(),
                kind,
                keys.text("title"),
                keys.text("caption"),
                measures,
                new View(
                        keys.text("layer"),
                        keys.word("mode", List.of("snapshot", "rolling")).orElse("snapshot"),
                        keys.word("split", List.of("train", "test")).orElse("train")),
                keys.has("by") ? Optional.of(names(keys.texts("by"))) : Optional.empty(),
                where(keys),
                kind == Item.Kind.HEAT_MAP ? XAxis.STEP : axis(keys),
                kind == Item.Kind.HEAT_MAP ? axes(keys) : List.of(),
                keys.truth("log-x"),
                keys.truth("log-y"),
                moment(keys),
                keys.truth("normalised").orElse(false));
    }

    private static Item.Kind kind(String place, YamlValue value, Optional<Item.Kind> usual) {
        TreeSet<String> every = new TreeSet<>(ITEM_KEYS);
        Arrays.stream(Item.Kind.values()).forEach(kind -> every.addAll(ownKeys(kind)));
        Keys keys = Keys.of(place, value, every);
        List<String> words =
                Arrays.stream(Item.Kind.values()).map(Item.Kind::key).toList();
        Optional<String> said = keys.word("kind", words);
        if (said.isEmpty() && usual.isEmpty()) {
            throw new UserException(place + " has no kind; use one of " + String.join(", ", words));
        }
        return said.map(word -> Item.Kind.values()[words.indexOf(word)])
                .or(() -> usual)
                .orElseThrow();
    }

    private static List<String> ownKeys(Item.Kind kind) {
        return switch (kind) {
            case CURVES -> List.of("metric", "metrics", "x", "log-x", "log-y");
            case HEAT_MAP -> List.of("metric", "metrics", "x", "y", "at");
            case PROFILE -> List.of("metric", "metrics", "log-y", "at");
            case SPECTRUM -> List.of("normalised", "log-x", "log-y");
            case FORECAST -> List.of("x", "log-x", "log-y");
            case TABLE -> List.of("metric", "metrics", "at");
        };
    }

    private static List<Measure> measures(Keys keys) {
        List<Measure> measures = new ArrayList<>();
        for (String key : List.of("metric", "metrics")) {
            for (String text : keys.texts(key)) {
                try {
                    measures.add(Measure.of(text));
                } catch (UserException e) {
                    throw new UserException(keys.place() + ", " + key + ": " + e.getMessage(), e);
                }
            }
        }
        return measures;
    }

    private static Map<String, List<String>> where(Keys keys) {
        Map<String, List<String>> where = new LinkedHashMap<>();
        keys.choices("where").forEach((name, values) -> where.put(name.replace('-', '_'), values));
        return where;
    }

    private static List<String> names(List<String> displayed) {
        return displayed.stream().map(name -> name.replace('-', '_')).toList();
    }

    private static XAxis axis(Keys keys) {
        List<String> words = Arrays.stream(XAxis.values()).map(XAxis::key).toList();
        return keys.word("x", words)
                .map(word -> XAxis.values()[words.indexOf(word)])
                .orElse(XAxis.STEP);
    }

    private static List<String> axes(Keys keys) {
        if (!keys.has("x") || !keys.has("y")) {
            throw new UserException(keys.place() + " needs two hyper-parameters, x and y");
        }
        return names(List.of(keys.text("x"), keys.text("y")));
    }

    private static Moment moment(Keys keys) {
        Optional<YamlValue> at = keys.value("at");
        if (at.isPresent() && at.get() instanceof YamlValue.Entries entries) {
            Keys condition = Keys.of(keys.place() + ", at", entries, List.of("loss"));
            String level = condition.text("loss");
            try {
                double loss = Double.parseDouble(level);
                if (loss > 0 && loss < Double.POSITIVE_INFINITY) {
                    return new Moment.AtLoss(loss);
                }
            } catch (NumberFormatException e) {
                // Refused below.
            }
            throw condition.wrong("loss", level, "give a positive number");
        }
        String word = keys.word("at", List.of("end", "best")).orElse("end");
        return word.equals("end") ? new Moment.End() : new Moment.Best();
    }
}
