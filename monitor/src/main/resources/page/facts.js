// What is declared and last reported of a run, and what was forecast of it.

import { el } from "./dom.js";
import { ago, number, percent, short, words } from "./format.js";
import { badgeOf } from "./states.js";

export function facts(run, glossary) {
  const reported = [
    ["Step", run.total_steps ? `${run.step} of ${run.total_steps}` : run.step],
    ["Epoch", number(run.epoch)],
    ["Loss", number(run.loss)],
    ["Accuracy", percent(run.accuracy)],
    ["Learning rate", number(run.learning_rate)],
    ["Last record", ago(run.last_record_millis)],
    run.terminal_step !== null && ["Terminal phase from", "step " + run.terminal_step],
  ];
  const declared = [
    ["Experiment", run.experiment],
    ["Data set", run.dataset],
    ["Optimizer", run.optimizer && run.optimizer + (run.momentum ? ", momentum " + short(run.momentum) : "")],
    ["Weight decay", run.weight_decay ? `${short(run.weight_decay)}, ${words(run.coupling)}` : "none"],
    run.attempt > 1 && ["Attempt", run.attempt],
    ...Object.entries(run.hyperparameters),
  ];
  const trouble = [
    run.reason && `It said: ${run.reason}`,
    run.batches_dropped > 0 && `${run.batches_dropped} batches were dropped by the publisher's full queue: some snapshots are incomplete.`,
    ...Object.entries(run.rejected_records || {}).map(([reason, records]) => `${records} records were rejected: ${words(reason)}.`),
  ].filter(Boolean);
  return [
    el("p", { class: "states" }, badgeOf(run.status), badgeOf(run.phase, glossary.phases[run.phase]),
      el("span", { class: "meaning" }, glossary.phases[run.phase])),
    list(reported),
    list(declared),
    trouble.map((text) => el("p", { class: "trouble" }, text)),
  ].flat();
}

export function forecast(run) {
  const { sentence, finding } = run.forecast;
  if (!sentence && !finding) return [];
  return [
    el("h2", {}, "Forecast"),
    el("p", {}, sentence),
    finding ? el("p", { class: "trouble" }, finding) : null,
  ].filter(Boolean);
}

function list(pairs) {
  return el("dl", {}, pairs.filter((pair) => pair && pair[1] !== "" && pair[1] !== null)
    .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))));
}
