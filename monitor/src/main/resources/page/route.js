// The hash holds the whole view, so that a link shows what its sender saw:
// #/?q=…&sort=nc1&dir=desc, #/run?name=…&layer=…&x=step, #/compare?run=a&run=b

export function read(hash = location.hash) {
  const [view, query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { view: view || "fleet", parameters: new URLSearchParams(query) };
}

/** A link to a view; a value may be a list, empty ones are left out. */
export function link(view, values = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== "" && each !== null && each !== undefined) parameters.append(name, each);
    }
  }
  const query = parameters.toString();
  return "#/" + (view === "fleet" ? "" : view) + (query ? "?" + query : "");
}

/** Changes parameters of the view that is shown, without a step in the browser's history and without building it anew. */
export function adjust(changes) {
  const { view, parameters } = read();
  for (const [name, value] of Object.entries(changes)) {
    if (value) parameters.set(name, value);
    else parameters.delete(name);
  }
  const query = parameters.toString();
  history.replaceState(null, "", "#/" + (view === "fleet" ? "" : view) + (query ? "?" + query : ""));
}
