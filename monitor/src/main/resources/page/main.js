// Which view is shown, and whether the monitor answers.

import * as api from "./api.js";
import { compareView } from "./compare.js";
import { el, setText } from "./dom.js";
import { fleetView } from "./fleet.js";
import { read } from "./route.js";
import { runView } from "./run.js";
import { empty } from "./states.js";

const VIEWS = { fleet: fleetView, run: runView, compare: compareView };
const main = document.getElementById("main");
const state = document.getElementById("connection");
let current = null;

const connection = {
  good() {
    const missing = api.unreachable();
    setText(state, missing ? `Runs are missing: no answer from the monitor at ${missing}.` : "");
  },
  bad(error) {
    setText(state, error.status === 0
      ? "The monitor does not answer. What is shown is old; asking again every 5 s. Is ./collapse monitor running?"
      : `${error.message}. Asking again every 5 s.`);
    if (!(error instanceof api.ApiError)) console.error(error);
  },
};

async function show(moved) {
  if (current) current.stop();
  current = null;
  const { view, parameters } = read();
  let glossary;
  try {
    glossary = await api.glossary();
  } catch (error) {
    connection.bad(error);
    main.replaceChildren(empty("The monitor does not answer yet. Start it, then this page goes on by itself:", "./collapse monitor --bootstrap HOST:9092"));
    setTimeout(() => current || show(moved), 5000);
    return;
  }
  document.title = "Collapse Monitor";
  if (!(view in VIEWS)) {
    main.replaceChildren(empty(`There is no view "${view}".`), el("p", {}, el("a", { href: "#/" }, "All runs")));
    return;
  }
  current = VIEWS[view](main, parameters, connection, glossary);
  if (moved) {
    scrollTo(0, 0);
    (main.querySelector("h1") || main).focus({ preventScroll: true });
  }
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the hash is the view's
  main.focus();
});
addEventListener("hashchange", () => show(true));
show(false);
