// The monitor's JSON. An answer that has not changed since it was asked for last is not sent again (ETag).

const FLEET = "/api/fleet";
const REMEMBERED = 200;
const answers = new Map();

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function remember(path, answer) {
  answers.delete(path);
  answers.set(path, answer);
  if (answers.size > REMEMBERED) answers.delete(answers.keys().next().value);
  return answer.data;
}

/** The same object as last time when nothing has changed. */
export async function get(path, signal) {
  const known = answers.get(path);
  const headers = known && known.etag ? { "If-None-Match": known.etag } : {};
  let response;
  try {
    response = await fetch(path, { headers, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "the monitor does not answer");
  }
  if (response.status === 304 && known) return remember(path, known);
  const data = await response.json().catch(() => null);
  if (!response.ok || data === null) {
    throw new ApiError(response.status, (data && data.error) || "the monitor answered " + response.status);
  }
  return remember(path, { etag: response.headers.get("ETag"), data, unreachable: response.headers.get("Collapse-Unreachable") });
}

/** The monitors whose runs the newest answer lacks, because they did not answer; null when there is none. */
export function unreachable() {
  return answers.get(FLEET)?.unreachable ?? null;
}

export const fleet = (signal) => get(FLEET, signal);
export const glossary = () => get("/api/glossary");
export const run = (name, signal) => get(path(name), signal);
export const events = (name, signal) => get(path(name) + "/events", signal);
export const progress = (name, signal) => get(path(name) + "/history", signal);
export const spectrum = (name, layer, signal) => get(path(name) + "/spectrum?layer=" + encodeURIComponent(layer), signal);

export function history(name, layer, mode, metrics, signal) {
  const query = new URLSearchParams({ layer, mode });
  if (metrics) query.set("metrics", metrics.join(","));
  return get(path(name) + "/history?" + query, signal);
}

function path(name) {
  return "/api/runs/" + encodeURIComponent(name);
}
