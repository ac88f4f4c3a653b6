// Numbers and names for people.

const NONE = "–";

export function number(value) {
  if (value === null || value === undefined) return NONE;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(1).replace("e+", "e");
  if (Number.isInteger(value)) return String(value);
  return size >= 100 ? value.toFixed(0) : value.toPrecision(size < 0.01 ? 2 : 3);
}

/** For axes: no more digits than it needs. */
export function short(value) {
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(4));
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? rounded.toExponential().replace("e+", "e") : String(rounded);
}

/** With all the digits that a table of data should have. */
export function precise(value) {
  return value === null || value === undefined ? NONE : String(Number(value.toPrecision(6)));
}

export function percent(share) {
  return share === null || share === undefined ? NONE : (100 * share).toFixed(share === 1 ? 0 : 1) + " %";
}

export function ago(millis, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - millis) / 1000));
  if (seconds < 90) return seconds + " s ago";
  if (seconds < 5400) return Math.round(seconds / 60) + " min ago";
  if (seconds < 129600) return Math.round(seconds / 3600) + " h ago";
  return Math.round(seconds / 86400) + " days ago";
}

export function words(state) {
  return state.toLowerCase().replaceAll("_", " ");
}
