package dev.collapsemonitor.standalone.report.plot;

import java.util.List;

/**
 * A value over two lists of names.
 *
 * @param rows from the bottom to the top
 * @param cells by row and column; NaN where there is none
 * @param log whether colours go by the logarithm
 */
public record HeatPlot(
        String title,
        String xLabel,
        List<String> columns,
        String yLabel,
        List<String> rows,
        double[][] cells,
        boolean log) {}
