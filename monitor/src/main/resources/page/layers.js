// Metrics over the depth of the network, and the spectrum of one layer's weights.

import { el } from "./dom.js";
import { number } from "./format.js";
import { plot } from "./plot.js";
import { hasValues } from "./series.js";

const COLUMNS = [
  ["nc1", "NC1"], ["tcv_relative", "relative TCV"], ["class_mean_rank", "rank of means"], ["stable_rank", "stable rank"],
  ["effective_rank", "effective rank"], ["rank_k_distance_relative", "distance to rank K"], ["low_rank_ratio", "λ·distance/TCV"],
];

export function layerProfile(glossary) {
  const profile = plot("NC1 and relative TCV over the layers", glossary.metrics.equiseparation_slope.help);
  const spectrum = plot("Singular values of the weights");
  const charts = el("div", { class: "panels" }, profile.node, spectrum.node);
  const sentence = el("p");
  const table = el("div", { class: "scroll" });
  const node = el("section", {}, el("h2", {}, "Layers"), sentence, charts, table);
  node.hidden = true;

  function update(run) {
    const layers = run.layers.filter((layer) => layer.metrics && Object.keys(layer.metrics).length > 0);
    node.hidden = layers.length === 0;
    const curve = (name, label) => ({ label, points: layers.map((layer) => ({ x: layer.index, y: layer.metrics[name] ?? null })) });
    const curves = [curve("nc1", "NC1"), curve("tcv_relative", "relative TCV")].filter(({ points }) => hasValues(points));
    profile.node.hidden = layers.length < 2 || curves.length === 0;
    if (!profile.node.hidden) profile.update({ curves, x: "layer", log: curves.some(({ points }) => points.some(({ y }) => y > 0)), level: 0.05 });
    sentence.textContent = depth(run.depth);
    table.replaceChildren(layerTable(layers, glossary));
  }

  /** Of the chosen layer. */
  function updateSpectrum(answer) {
    spectrum.node.hidden = !answer || answer.singular_values.length === 0;
    if (spectrum.node.hidden) return;
    const points = (values) => values.map((y, i) => ({ x: i + 1, y }));
    spectrum.update({
      curves: [
        { label: `${answer.layer}, step ${answer.step}`, points: points(answer.singular_values) },
        { label: "signal to noise of the features", points: points(answer.snr_singular_values) },
      ].filter((curve) => hasValues(curve.points)),
      x: "index", log: true,
    });
  }

  return {
    node, update, updateSpectrum,
    destroy() {
      profile.destroy();
      spectrum.destroy();
    },
  };
}

function depth(values) {
  if (!values || values.layers < 2) return "";
  const from = values.collapse_depth === undefined ? "No layer up to the last is collapsed." : `Collapsed from layer ${values.collapse_depth} on.`;
  const slope = values.equiseparation_slope === undefined ? ""
    : ` log NC1 changes by ${number(values.equiseparation_slope)} a layer (R² ${number(values.equiseparation_r2)}).`;
  return `At step ${values.step}: ${from}${slope}`;
}

function layerTable(layers, glossary) {
  const shown = COLUMNS.filter(([name]) => layers.some((layer) => layer.metrics[name] !== undefined && layer.metrics[name] !== null));
  return el("table", {}, el("caption", { class: "hidden" }, "Newest snapshot of each layer"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "text" }, "Layer"), el("th", { scope: "col" }, "Step"),
      shown.map(([name, label]) => el("th", { scope: "col", title: glossary.metrics[name].help }, label)))),
    el("tbody", {}, layers.map((layer) => el("tr", {},
      el("th", { scope: "row", class: "text" }, `${layer.index} ${layer.name}${layer.classifier ? " (classifier)" : ""}`), el("td", {}, String(layer.step)),
      shown.map(([name]) => el("td", { title: layer.undefined[name] || null }, number(layer.metrics[name])))))));
}
