// Charts by title: made when their first value comes, hidden as long as they have none.

import { hasValues } from "./series.js";
import { plot } from "./plot.js";

export function panels(container, definitions) {
  const plots = new Map();

  /** curvesOf gives the curves of a definition; scale is auto, log or linear. */
  function draw(curvesOf, { x, scale }) {
    for (const definition of definitions) {
      const curves = curvesOf(definition).filter(({ points }) => hasValues(points));
      if (curves.length === 0) {
        if (plots.has(definition.title)) plots.get(definition.title).node.hidden = true;
        continue;
      }
      const log = scale === "auto" ? Boolean(definition.log) : scale === "log";
      const panel = plots.get(definition.title) || add(definition);
      panel.node.hidden = false;
      panel.update({ curves, x, log: log && curves.some(({ points }) => points.some(({ y }) => y > 0)), level: definition.level });
    }
  }

  /** In the order of the definitions, whichever has its first value first. */
  function add(definition) {
    const panel = plot(definition.title, definition.help);
    const after = definitions.slice(definitions.indexOf(definition) + 1).find(({ title }) => plots.has(title));
    container.insertBefore(panel.node, after ? plots.get(after.title).node : null);
    plots.set(definition.title, panel);
    return panel;
  }

  return { draw, destroy: () => plots.forEach((panel) => panel.destroy()) };
}
