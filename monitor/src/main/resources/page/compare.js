// Some runs on the same axes, a curve each.

import * as api from "./api.js";
import { COMPARED } from "./catalogue.js";
import { choice, el } from "./dom.js";
import { number, percent } from "./format.js";
import { panels } from "./panels.js";
import { poll } from "./poll.js";
import { adjust, link } from "./route.js";
import { lineage, points } from "./series.js";
import { badgeOf, empty } from "./states.js";

const MOST = 24;
const METRICS = COMPARED.filter(({ progress }) => !progress).map(({ metric }) => metric);

export function compareView(main, parameters, connection, glossary) {
  const asked = [...new Set(parameters.getAll("run"))];
  const experiment = parameters.get("experiment");
  const view = { x: parameters.get("x") || "epoch", scale: parameters.get("scale") || "auto" };
  document.title = "Compare runs – Collapse Monitor";
  const set = (key) => (value) => {
    view[key] = value;
    adjust({ [key]: value });
    drawn = null;
    polling.now();
  };
  const notice = el("div");
  const table = el("div", { class: "scroll" });
  const charts = el("div", { class: "panels" });
  main.replaceChildren(
    el("p", { class: "back" }, el("a", { href: "#/" }, "← All runs")), el("h1", { tabindex: "-1" }, "Compare runs"), notice,
    el("div", { class: "tools", role: "group", "aria-label": "What the charts show" },
      choice("Against", [["epoch", "epoch"], ["step", "step"]], view.x, set("x")),
      choice("Scale", [["auto", "as fits"], ["log", "logarithmic"], ["linear", "linear"]], view.scale, set("scale"))),
    charts, table);
  const plots = panels(charts, COMPARED.map((panel) => ({ ...panel, help: glossary.metrics[panel.metric]?.help })));
  let drawn = null;

  async function ask(signal) {
    const fleet = await api.fleet(signal);
    const known = new Map(fleet.map((run) => [run.run, run]));
    const names = experiment ? fleet.filter((run) => run.experiment === experiment).map((run) => run.run) : asked;
    const runs = names.filter((name) => known.has(name)).slice(0, MOST).map((name) => known.get(name));
    const missing = names.filter((name) => !known.has(name));
    const curves = await Promise.all(runs.map((run) => Promise.all([
      run.classifier ? api.history(run.run, run.classifier, "snapshot", METRICS, signal) : [],
      api.progress(run.run, signal),
    ])));
    connection.good();
    notice.replaceChildren(...notices(runs, missing, names.length));
    const now = [fleet, ...curves.flat()];
    if (drawn && drawn.length === now.length && drawn.every((answer, i) => answer === now[i])) return;
    drawn = now;
    table.replaceChildren(runsTable(runs, glossary));
    const histories = curves.map(([history, progress]) => [lineage(history.filter(({ split }) => split === "train")), lineage(progress)]);
    plots.draw(({ metric, progress }) => runs.map((run, i) => ({
      label: run.run, colour: i,
      points: points(histories[i][progress ? 1 : 0], view.x, (entry) => (progress ? entry[metric] : entry.metrics[metric])),
    })), view);
  }

  const polling = poll(ask, connection.bad);
  return {
    stop() {
      polling.stop();
      plots.destroy();
    },
  };
}

function notices(runs, missing, all) {
  return [
    runs.length === 0 && empty("Nothing to compare. Choose runs in the list of all runs; or name them in the address: #/compare?run=a&run=b."),
    missing.length > 0 && el("p", { class: "trouble" }, `Not known to the monitor: ${missing.join(", ")}`),
    all > MOST && el("p", { class: "trouble" }, `${all} runs are asked for; the first ${MOST} are shown.`),
  ].filter(Boolean);
}

function runsTable(runs, glossary) {
  const metrics = [["loss", "Loss"], ["accuracy", "Accuracy"], ["nc0_relative", "NC0"], ["nc1", "NC1"], ["nc2_etf_means", "NC2"], ["nc3", "NC3"], ["nc4", "NC4"]];
  const differing = keysThatDiffer(runs);
  return el("table", {}, el("caption", { class: "hidden" }, "Newest values of the compared runs"),
    el("thead", {}, el("tr", {}, ["Run", "Status", "Phase", ...differing].map((head) => el("th", { scope: "col", class: "text" }, head)),
      metrics.map(([name, label]) => el("th", { scope: "col", title: glossary.metrics[name]?.help }, label)))),
    el("tbody", {}, runs.map((run) => el("tr", {},
      el("th", { scope: "row", class: "text" }, el("a", { href: link("run", { name: run.run }) }, run.run)),
      el("td", { class: "text" }, badgeOf(run.status)), el("td", { class: "text" }, badgeOf(run.phase, glossary.phases[run.phase])),
      differing.map((key) => el("td", { class: "text" }, declared(run)[key] ?? "–")),
      metrics.map(([name]) => el("td", {}, name === "accuracy" ? percent(run.accuracy) : number(name in run ? run[name] : run.metrics[name])))))));
}

function declared(run) {
  const { dataset, optimizer, weight_decay: decay, coupling } = run;
  return { dataset, optimizer, "weight decay": number(decay), coupling, ...run.hyperparameters };
}

/** What tells these runs apart. */
function keysThatDiffer(runs) {
  const all = runs.map(declared);
  const keys = [...new Set(all.flatMap(Object.keys))];
  return keys.filter((key) => new Set(all.map((values) => values[key])).size > 1).slice(0, 6);
}
