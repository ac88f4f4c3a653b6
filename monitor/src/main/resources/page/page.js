"use strict";

// Values of the classifier layer, in the order of the table's columns.
const METRICS = ["nc0_relative", "nc1", "nc2_etf_means", "nc3", "nc4"];
const REFRESH_MILLIS = 2000;

function text(value) {
  if (value === null || value === undefined) return "–";
  return Math.abs(value) !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : value.toPrecision(4);
}

// Names come from the stream: they are text, never markup.
function row(run) {
  const classifier = run.layers.find((layer) => layer.classifier) || { metrics: {} };
  const metrics = classifier.metrics || {};
  const cells = [run.run, run.status, run.epoch === null ? "–" : run.epoch.toFixed(1), text(run.loss), text(run.accuracy)];
  METRICS.forEach((name) => cells.push(text(metrics[name])));
  const tr = document.createElement("tr");
  cells.forEach((cell) => {
    const td = document.createElement("td");
    td.textContent = cell;
    tr.append(td);
  });
  return tr;
}

async function refresh() {
  const state = document.getElementById("state");
  try {
    const response = await fetch("/api/runs");
    if (!response.ok) throw new Error("the monitor answered " + response.status);
    const runs = await response.json();
    document.querySelector("table").hidden = runs.length === 0;
    document.querySelector("tbody").replaceChildren(...runs.map(row));
    const unreachable = response.headers.get("Collapse-Unreachable");
    state.textContent =
      (runs.length === 0 ? "No runs yet. Start one: ./collapse train --help" : runs.length + " runs") +
      (unreachable ? "; without those of " + unreachable + ", which does not answer" : "");
  } catch (error) {
    state.textContent = "The monitor does not answer (" + error.message + "). Retrying.";
  }
  setTimeout(refresh, REFRESH_MILLIS);
}

refresh();
