package dev.collapsemonitor.trainer.sweep;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a sweep file says. The runs are all combinations of an entry of the list, a value of every key of the grid and a
 * seed; what they set wins over what is common.
 *
 * @param file as messages name it
 * @param experiment of all runs
 * @param common settings of all runs, by option without dashes
 * @param grid the values of each key
 * @param list settings that belong together; one empty entry when the file has no list
 * @param seeds one empty text when the file has none
 * @param concurrent runs at a time, if said
 * @param name template of the runs' names with keys in braces, if said
 */
record SweepDefinition(
        String file,
        String experiment,
        Map<String, String> common,
        Map<String, List<String>> grid,
        List<Map<String, String>> list,
        List<String> seeds,
        OptionalInt concurrent,
        Optional<String> name) {}
