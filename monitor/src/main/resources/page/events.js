// What became of a run, newest first, and which metrics have no value and why.

import { el } from "./dom.js";
import { number, words } from "./format.js";
import { badgeOf } from "./states.js";

export function eventList(events) {
  if (events.length === 0) return [el("h2", {}, "Events"), el("p", { class: "quiet" }, "Nothing has changed yet: changes of status and phase are listed here.")];
  return [el("h2", {}, "Events"), el("div", { class: "scroll" }, el("table", { class: "events" },
    el("caption", { class: "hidden" }, "Changes of status and phase, newest first"),
    el("thead", {}, el("tr", {}, ["Time", "Step", "Change", "Why", "Metrics"].map((head) => el("th", { scope: "col", class: head === "Step" ? null : "text" }, head)))),
    el("tbody", {}, events.toReversed().map((event) => el("tr", {},
      el("td", { class: "text" }, time(event.time_millis)),
      el("td", {}, String(event.step)),
      el("td", { class: "text change" }, `${event.subject} ${event.from ? words(event.from) + " → " : ""}`, badgeOf(event.to)),
      el("td", { class: "text" }, event.reason),
      el("td", { class: "text quiet" }, around(event.metrics)))))))];
}

function time(millis) {
  return new Date(millis).toLocaleString(undefined, { dateStyle: "short", timeStyle: "medium" });
}

function around(metrics) {
  return ["nc0_relative", "nc1", "nc2_etf_means", "nc3"].filter((name) => name in metrics)
    .map((name) => `${name} ${number(metrics[name])}`).join(", ");
}

/** Of the newest snapshot of a layer. */
export function undefinedMetrics(newest) {
  const lines = newest ? [...Object.entries(newest.undefined), ...Object.entries(newest.notes)] : [];
  if (lines.length === 0) return [];
  return [el("h2", {}, "Without a value, or with a note"), el("div", { class: "scroll" }, el("table", {},
    el("caption", { class: "hidden" }, "Why metrics have no value"),
    el("tbody", {}, lines.map(([name, why]) => el("tr", {}, el("th", { scope: "row", class: "text" }, name), el("td", { class: "text" }, why))))))];
}
