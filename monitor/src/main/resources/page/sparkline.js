// A curve of a few points, on a logarithmic scale: metrics of collapse fall over decades.

import { el, svg, setAttribute } from "./dom.js";

const WIDTH = 72;
const HEIGHT = 20;
const PAD = 2;

export function sparkline() {
  const path = svg("path", { class: "line" });
  const end = svg("circle", { r: 1.8, class: "end" });
  const image = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" }, path, end);
  return { node: el("span", { class: "spark" }, image), draw: (values) => draw(path, end, values || []) };
}

function draw(path, end, values) {
  const known = values.map((value, i) => [i, value]).filter(([, value]) => value !== null && value > 0);
  const logs = known.map(([, value]) => Math.log(value));
  const low = Math.min(...logs);
  // Less than a factor of two is drawn as nearly flat, else noise would look like a fall.
  const span = Math.max(Math.max(...logs) - low, Math.LN2);
  const points = known.map(([i], at) => [
    PAD + (values.length < 2 ? 0 : (i / (values.length - 1)) * (WIDTH - 2 * PAD)),
    HEIGHT - PAD - ((logs[at] - low) / span) * (HEIGHT - 2 * PAD),
  ].map((x) => x.toFixed(1)));
  setAttribute(path, "d", points.map(([x, y], i) => (i ? "L" : "M") + x + " " + y).join(""));
  const last = points.at(-1);
  setAttribute(end, "visibility", last ? "visible" : "hidden");
  if (last) {
    setAttribute(end, "cx", last[0]);
    setAttribute(end, "cy", last[1]);
  }
}
