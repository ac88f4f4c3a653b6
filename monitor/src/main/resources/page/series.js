// Histories as curves.

/** Of attempts that follow one another, what led to the newest: an older one counts up to where the next went on. */
export function lineage(history) {
  const first = new Map();
  for (const entry of history) {
    first.set(entry.attempt, Math.min(entry.step, first.get(entry.attempt) ?? Infinity));
  }
  const end = (attempt) => Math.min(Infinity, ...[...first].filter(([later]) => later > attempt).map(([, step]) => step));
  const ends = new Map([...first.keys()].map((attempt) => [attempt, end(attempt)]));
  return history.filter((entry) => entry.step < ends.get(entry.attempt)).sort((a, b) => a.step - b.step);
}

/** One curve: points by step or epoch; what is undefined is a gap. */
export function points(entries, x, value) {
  return entries.filter((entry) => entry[x] !== null).map((entry) => ({ x: entry[x], y: value(entry) ?? null }));
}

export function hasValues(curve) {
  return curve.some(({ y }) => y !== null);
}
