// All runs in one table: search, sort, choose some to compare.

import * as api from "./api.js";
import { COLUMNS } from "./catalogue.js";
import { el, setAttribute, setText } from "./dom.js";
import { words } from "./format.js";
import { fleetRow } from "./fleetrow.js";
import { poll } from "./poll.js";
import { adjust, link } from "./route.js";
import { fields, matches, parse } from "./search.js";
import { empty } from "./states.js";

const HEADS = [
  { key: "run", label: "Run", text: true },
  { key: "status", label: "Status", text: true },
  { key: "phase", label: "Phase", text: true },
  { key: "progress", label: "Progress" },
  { key: "loss", label: "Loss", minor: true },
  { key: "accuracy", label: "Accuracy", minor: true },
  ...COLUMNS.map(({ metric, label, curve }) => ({ key: metric, label, metric, minor: metric !== "nc1", wide: curve })),
];

const PHASES = ["WARMING_UP", "COLLAPSING", "COLLAPSED", "PARTIAL", "STALLED", "REVERSING", "EXCLUDED"];

/** Chosen runs stay chosen while one looks at others. */
const selected = new Set();

export function fleetView(main, parameters, connection, glossary) {
  let runs = null;
  let order = "";
  let sort = { key: parameters.get("sort") || "run", down: parameters.get("dir") === "desc" };
  const rows = new Map();

  const search = el("input", {
    type: "search", id: "search", autocomplete: "off", spellcheck: "false",
    placeholder: "Search: words, phase:collapsed, optimizer:sgd, lr:0.1, -silent",
    oninput: () => {
      adjust({ q: search.value });
      show();
    },
  });
  search.value = parameters.get("q") || "";
  const count = el("p", { role: "status", class: "count" });
  const counts = el("div", { class: "counts", role: "group", "aria-label": "Filter by phase" });
  const compare = el("a", { class: "button", id: "compare" });
  const body = el("tbody");
  const heads = HEADS.map((head) => headCell(head));
  const table = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Runs" },
    el("table", { class: "fleet" }, el("caption", { class: "hidden" }, "Training runs"),
      el("thead", {}, el("tr", {}, el("th", { class: "pick" }, el("span", { class: "hidden" }, "Compare")), heads.map((head) => head.node))), body));
  const nothing = el("div", {});
  main.replaceChildren(
    el("h1", { class: "hidden", tabindex: "-1" }, "Runs"),
    el("div", { class: "tools", role: "search" }, el("label", { for: "search", class: "hidden" }, "Search runs"), search, compare),
    el("div", { class: "tools" }, counts, count), table, nothing);
  table.hidden = true;
  selection();

  function headCell(head) {
    const arrow = el("span", { class: "arrow", "aria-hidden": "true" });
    const button = el("button", {
      type: "button",
      title: (head.metric && glossary.metrics[head.metric]?.help) || null,
      onclick: () => {
        sort = { key: head.key, down: sort.key === head.key ? !sort.down : false };
        adjust({ sort: sort.key, dir: sort.down ? "desc" : "" });
        show();
      },
    }, head.label, arrow);
    return { head, arrow, node: el("th", { scope: "col", class: classes(head) }, button) };
  }

  function selection() {
    const chosen = [...selected].sort();
    setText(compare, chosen.length < 2 ? "Choose runs to compare" : `Compare ${chosen.length} runs`);
    if (chosen.length < 2) {
      compare.removeAttribute("href");
      compare.setAttribute("aria-disabled", "true");
    } else {
      compare.href = link("compare", { run: chosen });
      compare.removeAttribute("aria-disabled");
    }
  }

  function pick(name, on) {
    if (on) selected.add(name);
    else selected.delete(name);
    selection();
  }

  function show() {
    if (runs === null) return;
    const terms = parse(search.value);
    const found = runs.filter((run) => matches(run.searchable, terms));
    found.sort((a, b) => compareBy(sort, a.view, b.view));
    heads.forEach(({ head, arrow, node }) => {
      const by = head.key === sort.key;
      setAttribute(node, "aria-sort", by ? (sort.down ? "descending" : "ascending") : "none");
      setText(arrow, by ? (sort.down ? " ↓" : " ↑") : "");
    });
    const newOrder = found.map((run) => run.view.run).join("\n");
    if (newOrder !== order) {
      order = newOrder;
      body.replaceChildren(...found.map((run) => rows.get(run.view.run).node));
    }
    table.hidden = found.length === 0;
    setText(count, runs.length === 0 ? "" : found.length === runs.length ? `${runs.length} runs` : `${found.length} of ${runs.length} runs`);
    nothing.replaceChildren(...(found.length > 0 ? [] : [runs.length === 0
      ? empty("No run yet. Start one:", `./collapse train --bootstrap HOST:9092 --run my-run --dataset digits --data-dir DIR`, "./collapse demo")
      : empty("No run matches the search. Words are looked for in run, experiment, phase, status and hyper-parameters; clear the field to see all.")]));
  }

  function drawCounts() {
    const present = PHASES.filter((phase) => runs.some((run) => run.view.phase === phase));
    const texts = present.map((phase) => `${runs.filter((run) => run.view.phase === phase).length} ${words(phase)}`);
    if (counts.dataset.key === texts.join()) return;
    counts.dataset.key = texts.join();
    counts.replaceChildren(...present.map((phase, i) => el("button", {
      type: "button", class: "badge", "data-state": phase, title: glossary.phases[phase],
      onclick: () => {
        const term = "phase:" + phase.toLowerCase();
        search.value = search.value.trim() === term ? "" : term;
        search.dispatchEvent(new Event("input"));
      },
    }, texts[i])));
  }

  return poll(async (signal) => {
    const answer = await api.fleet(signal);
    connection.good();
    if (runs !== null && runs.answer === answer) return;
    runs = answer.map((view) => ({ view, searchable: fields(view) }));
    runs.answer = answer;
    const names = new Set(answer.map((view) => view.run));
    for (const view of answer) {
      if (!rows.has(view.run)) rows.set(view.run, fleetRow(view.run, selected.has(view.run), pick, glossary));
      rows.get(view.run).update(view);
    }
    for (const name of rows.keys()) {
      if (!names.has(name)) rows.delete(name);
    }
    drawCounts();
    show();
  }, connection.bad);
}

function classes({ minor, text, wide }) {
  return [minor && "minor", text && "text", wide && "curve"].filter(Boolean).join(" ") || null;
}

function value(key, view) {
  if (key === "progress") return view.total_steps ? view.step / view.total_steps : view.step;
  return key in view ? view[key] : view.metrics[key];
}

/** What has no value comes last, whichever way is sorted; equal ones by name. */
function compareBy({ key, down }, a, b) {
  const [x, y] = [value(key, a) ?? null, value(key, b) ?? null];
  if (x === null || y === null) return (x === null) - (y === null) || byName(a, b);
  const by = typeof x === "string" ? x.localeCompare(y, undefined, { numeric: true }) : x - y;
  return (down ? -by : by) || byName(a, b);
}

function byName(a, b) {
  return a.run.localeCompare(b.run, undefined, { numeric: true });
}
