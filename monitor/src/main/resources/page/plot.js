// One chart: a canvas for eyes, a table of the same data for everybody else.

import "/webjars/chart.js/4.5.1/dist/chart.umd.min.js";
import { el, setAttribute } from "./dom.js";
import { number, precise, short } from "./format.js";
import { colour, onChange, stroke } from "./theme.js";

const { Chart } = globalThis;

/** Draws where a value counts as collapsed. */
const levelLine = {
  id: "level",
  beforeDatasetsDraw(chart, _, { value }) {
    const { ctx, chartArea: area, scales: { y } } = chart;
    if (!value || value < y.min || value > y.max) return;
    const at = y.getPixelForValue(value);
    ctx.save();
    ctx.strokeStyle = colour("muted");
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(area.left, at);
    ctx.lineTo(area.right, at);
    ctx.stroke();
    ctx.restore();
  },
};

/**
 * A chart without data. Returns { node, update, destroy }; update takes { curves, x, log, level }, curves being
 * [{ label, points: [{ x, y }], dash }].
 */
export function plot(title, help = "") {
  const canvas = el("canvas", { role: "img" });
  const legend = el("ul", { class: "legend" });
  const table = el("div", { class: "scroll" });
  const details = el("details", { ontoggle: () => fillTable() }, el("summary", {}, "Data"), table);
  const node = el("figure", { class: "panel" },
    el("figcaption", {}, el("h3", { title: help || null }, title), legend), el("div", { class: "canvas" }, canvas), details);
  const hidden = new Set();
  let shown = { curves: [], x: "step", log: false, level: null };
  const chart = new Chart(canvas, { type: "line", data: { datasets: [] }, options: options(), plugins: [levelLine] });
  const forget = onChange(draw);

  function update(next) {
    shown = next;
    draw();
  }

  function draw() {
    const { curves, log, level } = shown;
    chart.data.datasets = curves.map((curve, i) => dataset(curve, i, log));
    style(chart, shown);
    chart.options.plugins.level = { value: level };
    curves.forEach((curve, i) => chart.setDatasetVisibility(i, !hidden.has(curve.label)));
    chart.update("none");
    drawLegend();
    setAttribute(canvas, "aria-label", summary(title, shown));
    fillTable();
  }

  function drawLegend() {
    // A lone curve that is named as the chart needs no legend.
    const key = [shown.level, ...shown.curves.map((curve) => curve.label)].join("\n");
    if (legend.dataset.key === key && legend.dataset.theme === colour("curve-0")) return;
    legend.dataset.key = key;
    legend.dataset.theme = colour("curve-0");
    legend.replaceChildren(
      ...(shown.curves.length < 2 ? [] : shown.curves).map((curve, i) => legendItem(curve, i)),
      ...(shown.level ? [levelItem(shown.level)] : []));
  }

  function levelItem(level) {
    return el("li", { class: "level" }, el("span", { class: "swatch", "aria-hidden": "true" }), "collapsed ≤ " + short(level));
  }

  function legendItem(curve, i) {
    const { borderColor, borderDash } = stroke(curve.colour ?? i);
    const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.borderTopColor = borderColor;
    swatch.style.borderTopStyle = curve.dash || borderDash.length ? "dashed" : "solid";
    const button = el("button", {
      type: "button",
      title: curve.help || "Show or hide " + curve.label,
      "aria-pressed": String(!hidden.has(curve.label)),
      onclick: () => {
        if (!hidden.delete(curve.label)) hidden.add(curve.label);
        setAttribute(button, "aria-pressed", String(!hidden.has(curve.label)));
        draw();
      },
    }, swatch, curve.label);
    return el("li", {}, button);
  }

  function fillTable() {
    if (details.open) table.replaceChildren(dataTable(title, shown));
    else table.replaceChildren();
  }

  return {
    node,
    update,
    destroy() {
      forget();
      chart.destroy();
    },
  };
}

function dataset(curve, i, log) {
  const line = stroke(curve.colour ?? i);
  return {
    label: curve.label,
    // A logarithm has no place for zero: a gap.
    data: log ? curve.points.map(({ x, y }) => ({ x, y: y > 0 ? y : null })) : curve.points,
    ...line,
    borderDash: curve.dash ? [5, 4] : line.borderDash,
    backgroundColor: line.borderColor,
    borderWidth: 1.6,
    pointRadius: curve.points.length < 40 ? 1.8 : 0,
    pointHoverRadius: 4,
  };
}

function options() {
  return {
    animation: false,
    parsing: false,
    normalized: true,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: "nearest", axis: "x", intersect: false },
    scales: { x: { type: "linear" }, y: { type: "linear" } },
    plugins: {
      legend: { display: false },
      tooltip: {
        callbacks: {
          title: ([item]) => (item ? item.chart.options.scales.x.title.text + " " + number(item.parsed.x) : ""),
          label: (item) => " " + item.dataset.label + ": " + number(item.parsed.y),
        },
      },
    },
  };
}

function style(chart, { x, log }) {
  const grid = { color: colour("grid"), tickColor: "transparent" };
  const border = { display: false };
  const ticks = { color: colour("muted"), font: { size: 11 }, maxRotation: 0 };
  chart.options.scales.x = {
    type: "linear", grid: { display: false }, border: { color: colour("grid") }, bounds: "data",
    title: { display: true, text: x, color: colour("muted"), font: { size: 11 }, padding: 0 },
    ticks: { ...ticks, maxTicksLimit: 7, includeBounds: false, precision: x === "epoch" ? undefined : 0, callback: short },
  };
  chart.options.scales.y = log
    ? { type: "logarithmic", grid, border, afterBuildTicks: logTicks, ticks: { ...ticks, callback: short } }
    : { type: "linear", grid, border, ticks: { ...ticks, maxTicksLimit: 6, callback: short } };
}

/** Powers of ten, every other one where there are many; where there are few, twos and fives too. */
function logTicks(scale) {
  const [low, high] = [Math.log10(scale.min), Math.log10(scale.max)];
  const every = Math.max(1, Math.ceil((high - low) / 6));
  const mantissas = high - low > 2.5 ? [1] : high - low > 0.7 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  scale.ticks = [];
  for (let power = Math.floor(low); power <= high; power++) {
    if (power % every !== 0) continue;
    for (const mantissa of mantissas) {
      const value = mantissa * 10 ** power;
      if (value >= scale.min * 0.999 && value <= scale.max * 1.001) scale.ticks.push({ value, major: mantissa === 1 });
    }
  }
}

function summary(title, { curves, x }) {
  const newest = curves.map((curve) => {
    const last = curve.points.findLast(({ y }) => y !== null);
    return last ? `${curve.label} ${number(last.y)} at ${x} ${number(last.x)}` : `${curve.label} without values`;
  });
  return `${title}. ${newest.join("; ")}. The values are in the table under Data.`;
}

function dataTable(title, { curves, x }) {
  const rows = new Map();
  curves.forEach((curve, i) => curve.points.forEach((point) => {
    if (!rows.has(point.x)) rows.set(point.x, []);
    rows.get(point.x)[i] = point.y;
  }));
  return el("table", {}, el("caption", { class: "hidden" }, title),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, x), curves.map((curve) => el("th", { scope: "col" }, curve.label)))),
    el("tbody", {}, [...rows].sort(([a], [b]) => a - b).map(([at, values]) =>
      el("tr", {}, el("th", { scope: "row" }, precise(at)), curves.map((_, i) => el("td", {}, precise(values[i])))))));
}
