// One run's row in the fleet; an update touches only what has changed.

import { COLUMNS } from "./catalogue.js";
import { el, setAttribute, setText } from "./dom.js";
import { ago, number, percent } from "./format.js";
import { link } from "./route.js";
import { sparkline } from "./sparkline.js";
import { badge } from "./states.js";

export function fleetRow(name, chosen, pick, glossary) {
  const box = el("input", { type: "checkbox", "aria-label": "Compare " + name, onchange: () => pick(name, box.checked) });
  box.checked = chosen;
  const about = el("span", { class: "about" });
  const status = badge();
  const phase = badge();
  const bar = el("progress", { max: 1, value: 0 });
  const where = el("span", { class: "where" });
  const loss = el("td", { class: "minor" });
  const accuracy = el("td", { class: "minor" });
  const cells = COLUMNS.map(({ metric, curve, level }) => {
    const line = curve ? sparkline() : null;
    const text = el("span", { class: "value" });
    return { metric, level, line, text, node: el("td", { class: metric === "nc1" ? "curve" : curve ? "minor curve" : "minor" }, line && line.node, text) };
  });
  const node = el("tr", {},
    el("td", { class: "pick" }, box),
    el("th", { scope: "row", class: "text" }, el("a", { href: link("run", { name }) }, name), about),
    el("td", { class: "text" }, status.node), el("td", { class: "text" }, phase.node),
    el("td", { class: "progress" }, bar, where), loss, accuracy, cells.map((cell) => cell.node));
  let shown = "";

  function update(view) {
    const key = JSON.stringify(view);
    if (key === shown) return;
    shown = key;
    setText(about, [view.experiment, view.dataset, view.optimizer].filter(Boolean).join(" · "));
    status.show(view.status, view.reason || "Last record " + ago(view.last_record_millis));
    phase.show(view.phase, glossary.phases[view.phase]);
    bar.hidden = !view.total_steps;
    bar.value = view.total_steps ? view.step / view.total_steps : 0;
    setAttribute(bar, "aria-label", `${view.step} of ${view.total_steps} steps`);
    setText(where, view.epoch === null ? "step " + view.step : "epoch " + number(Math.round(10 * view.epoch) / 10));
    setText(loss, number(view.loss));
    setText(accuracy, percent(view.accuracy));
    cells.forEach(({ metric, level, line, text, node: cell }) => {
      const value = view.metrics[metric];
      setText(text, number(value));
      setAttribute(cell, "data-collapsed", String(level !== undefined && value !== null && value <= level));
      if (line) line.draw(view.curves[metric]);
    });
  }

  return { node, update };
}
