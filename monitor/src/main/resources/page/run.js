// One run: its metrics by step or epoch, its forecast, layers and events.

import * as api from "./api.js";
import { LAYER_PANELS, PROGRESS_PANELS } from "./catalogue.js";
import { choice, el } from "./dom.js";
import { eventList, undefinedMetrics } from "./events.js";
import { facts, forecast } from "./facts.js";
import { layerProfile } from "./layers.js";
import { panels } from "./panels.js";
import { poll } from "./poll.js";
import { adjust } from "./route.js";
import { lineage, points } from "./series.js";
import { empty } from "./states.js";

export function runView(main, parameters, connection, glossary) {
  const name = parameters.get("name") || "";
  const view = {
    layer: parameters.get("layer") || "",
    mode: parameters.get("mode") || "snapshot",
    split: parameters.get("split") || "train",
    x: parameters.get("x") || "epoch",
    scale: parameters.get("scale") || "auto",
  };
  document.title = `${name} – Collapse Monitor`;
  const about = el("section", { class: "about" });
  const expected = el("section", { class: "forecast" });
  const controls = el("div", { class: "tools", role: "group", "aria-label": "What the charts show" });
  const charts = el("div", { class: "panels" });
  const nothing = el("div");
  const profile = layerProfile(glossary);
  const events = el("section");
  const reasons = el("section");
  main.replaceChildren(
    el("p", { class: "back" }, el("a", { href: "#/" }, "← All runs")), el("h1", { tabindex: "-1" }, name),
    about, expected, controls, nothing, charts, profile.node, events, reasons);

  const told = LAYER_PANELS.map((panel) => ({ ...panel, help: glossary.metrics[panel.series[0][0]]?.help }));
  const ofProgress = panels(charts, PROGRESS_PANELS);
  const layerCharts = el("div", { class: "panels" });
  charts.after(layerCharts);
  const ofLayer = panels(layerCharts, told);
  let seen = {};
  let offered = "";

  function offer(run) {
    const layers = run.layers.map((layer) => layer.name);
    if (!layers.includes(view.layer)) view.layer = (run.layers.find((layer) => layer.classifier) || run.layers.at(-1) || { name: "" }).name;
    if (offered === layers.join("\n")) return;
    offered = layers.join("\n");
    const set = (key) => (value) => {
      view[key] = value;
      adjust({ [key]: value });
      seen = {};
      polling.now();
    };
    controls.replaceChildren(
      ...(layers.length > 0 ? [choice("Layer", layers.map((layer) => [layer, layer]), view.layer, set("layer"))] : []),
      choice("Samples", [["train", "training"], ["test", "test"]], view.split, set("split")),
      choice("Mode", [["snapshot", "snapshots"], ["rolling", "rolling"]], view.mode, set("mode")),
      choice("Against", [["epoch", "epoch"], ["step", "step"]], view.x, set("x")),
      choice("Scale", [["auto", "as fits"], ["log", "logarithmic"], ["linear", "linear"]], view.scale, set("scale")));
  }

  function changed(key, answer) {
    const is = seen[key] !== answer;
    seen[key] = answer;
    return is;
  }

  async function ask(signal) {
    const run = await api.run(name, signal);
    offer(run);
    const [progress, history, list, spectrum] = await Promise.all([
      api.progress(name, signal),
      view.layer ? api.history(name, view.layer, view.mode, null, signal) : [],
      api.events(name, signal),
      view.layer ? api.spectrum(name, view.layer, signal) : null,
    ]);
    connection.good();
    if (changed("run", run)) {
      about.replaceChildren(...facts(run, glossary));
      expected.replaceChildren(...forecast(run));
      profile.update(run);
    }
    if (changed("progress", progress)) {
      const entries = lineage(progress);
      ofProgress.draw(({ series }) => series.map(([key, label]) => ({ label, points: points(entries, view.x, (entry) => entry[key]) })), view);
    }
    if (changed("history", history)) drawLayer(lineage(history.filter(({ split }) => split === view.split)), history.length);
    if (changed("events", list)) events.replaceChildren(...eventList(list));
    if (changed("spectrum", spectrum)) profile.updateSpectrum(spectrum);
  }

  function drawLayer(entries, all) {
    nothing.replaceChildren(...(entries.length > 0 ? [] : [empty(all > 0
      ? `Layer ${view.layer} has no ${view.mode} results of ${view.split} samples; choose others above.`
      : view.mode === "rolling" ? "No rolling results: publish mini-batches with ./collapse train --rolling 10, or choose snapshots above."
        : "No snapshot yet: the first comes when all its parts have arrived.")]));
    ofLayer.draw(({ series }) => series.map(([key, label, look]) => ({
      label, ...look, help: glossary.metrics[key]?.help, points: points(entries, view.x, (entry) => entry.metrics[key]),
    })), view);
    reasons.replaceChildren(...undefinedMetrics(entries.at(-1)));
  }

  const polling = poll(ask, (error) => {
    connection.bad(error);
    if (error.status === 404 && !seen.run) about.replaceChildren(empty(`${error.message}. It may have been evicted or deleted, or its name in the link is wrong.`));
  });
  return {
    stop() {
      polling.stop();
      [ofProgress, ofLayer, profile].forEach((part) => part.destroy());
    },
  };
}
