package dev.collapsemonitor.standalone.report.study;

import dev.collapsemonitor.standalone.report.data.Measure;
import dev.collapsemonitor.standalone.report.data.Moment;
import dev.collapsemonitor.standalone.report.data.View;
import dev.collapsemonitor.standalone.report.data.XAxis;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A figure or a table.
 *
 * @param place where it is defined, for messages
 * @param title of it; empty for a usual one
 * @param caption added to what is said of it anyway; empty for none
 * @param view which layer ({@value #ALL_LAYERS} for all, empty for the usual choice), mode and split
 * @param by hyper-parameters that make the setting; those that vary when left out
 * @param where values of hyper-parameters that choose the runs
 * @param x what curves are drawn against
 * @param axes the two hyper-parameters of a heat map; empty otherwise
 * @param logX whether to, if said
 * @param logY whether to, if said
 * @param at when measures are taken
 * @param normalised whether singular values are divided by the largest
 */
public record Item(
        String place,
        Kind kind,
        String title,
        String caption,
        List<Measure> measures,
        View view,
        Optional<List<String>> by,
        Map<String, List<String>> where,
        XAxis x,
        List<String> axes,
        Optional<Boolean> logX,
        Optional<Boolean> logY,
        Moment at,
        boolean normalised) {
    /** The layer's name that stands for all of them. */
    public static final String ALL_LAYERS = "all";

    /** The kinds there are. */
    public enum Kind {
        CURVES,
        HEAT_MAP,
        PROFILE,
        SPECTRUM,
        FORECAST,
        TABLE;

        /** As study files have it. */
        public String key() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** An item of which only the kind is known. */
    public static Item of(Kind kind) {
        return new Item(
                "",
                kind,
                "",
                "",
                List.of(),
                new View("", "snapshot", "train"),
                Optional.empty(),
                Map.of(),
                XAxis.STEP,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                new Moment.End(),
                false);
    }

    /** The same with a title. */
    public Item titled(String other) {
        return new Item(place, kind, other, caption, measures, view, by, where, x, axes, logX, logY, at, normalised);
    }

    /** The same with measures. */
    public Item with(List<Measure> others) {
        return new Item(place, kind, title, caption, others, view, by, where, x, axes, logX, logY, at, normalised);
    }

    /** The same over two hyper-parameters. */
    public Item over(String first, String second) {
        return new Item(
                place,
                kind,
                title,
                caption,
                measures,
                view,
                by,
                where,
                x,
                List.of(first, second),
                logX,
                logY,
                at,
                normalised);
    }
}
