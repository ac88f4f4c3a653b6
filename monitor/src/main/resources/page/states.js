// A run's status and phase as small labels, and what to say when there is nothing to show.

import { el, setAttribute, setText } from "./dom.js";
import { words } from "./format.js";

/** A label whose shape tells what its colour tells. */
const SIGNS = {
  COLLAPSED: "●", COLLAPSING: "◐", WARMING_UP: "○", PARTIAL: "◑", STALLED: "■", REVERSING: "▲", EXCLUDED: "✕",
  RUNNING: "▶", FINISHED: "✓", FAILED: "✕", DIVERGED: "▲", SILENT: "■",
};

export function badge() {
  const sign = el("span", { "aria-hidden": "true" });
  const text = el("span");
  const node = el("span", { class: "badge" }, sign, " ", text);
  return {
    node,
    show(state, title = "") {
      setText(sign, SIGNS[state] || "·");
      setText(text, words(state));
      setAttribute(node, "data-state", state);
      setAttribute(node, "title", title);
    },
  };
}

export function badgeOf(state, title) {
  const made = badge();
  made.show(state, title);
  return made.node;
}

/** Nothing to show: why, and what to do about it. */
export function empty(message, ...commands) {
  return el("section", { class: "empty" }, el("p", {}, message), commands.map((command) => el("pre", {}, el("code", {}, command))));
}
