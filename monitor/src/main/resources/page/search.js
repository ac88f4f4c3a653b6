// The search field's language: every word must be found in the run, its experiment, phase, status, data set, optimizer or
// hyper-parameters; key:value (or key=value) looks at one of them, a leading minus excludes.

export function parse(text) {
  return (text.match(/-?[^\s:="]+[:=]"[^"]*"|-?"[^"]*"|\S+/g) || []).map((word) => {
    const not = word.length > 1 && word.startsWith("-");
    const body = (not ? word.slice(1) : word).toLowerCase();
    const [, key, value] = body.match(/^([^:="]+)[:=](.*)$/s) || [null, null, body];
    return { not, key, value: value.replaceAll('"', "") };
  });
}

/** What can be searched of a run, by key, in lower case. */
export function fields(run) {
  const all = {
    run: run.run,
    experiment: run.experiment,
    phase: run.phase.replaceAll("_", " "),
    status: run.status,
    dataset: run.dataset,
    optimizer: run.optimizer,
    coupling: run.coupling,
    weight_decay: run.weight_decay === null ? "" : String(run.weight_decay),
    ...run.hyperparameters,
  };
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key.toLowerCase(), String(value).toLowerCase()]));
}

export function matches(searchable, terms) {
  return terms.every(({ not, key, value }) => {
    const found = key === null
      ? Object.entries(searchable).some(([name, text]) => text.includes(value) || (name + "=" + text).includes(value))
      : Object.entries(searchable).some(([name, text]) => same(name, key) && fits(text, value));
    return found !== not;
  });
}

/** weight-decay, weight_decay and weightdecay are one key. */
function same(name, key) {
  return name.replace(/[-_ ]/g, "") === key.replace(/[-_ ]/g, "");
}

/** 5e-4 finds 0.0005; other values are found by a part of them. */
function fits(text, value) {
  return isNumber(text) && isNumber(value) ? Number(text) === Number(value) : text.includes(value.replaceAll("_", " ")) || text.includes(value);
}

function isNumber(text) {
  return text.trim() !== "" && Number.isFinite(Number(text));
}
