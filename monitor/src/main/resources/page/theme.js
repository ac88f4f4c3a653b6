// Colours of the charts, from the style sheet; they follow the system's light or dark.

const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();
dark.addEventListener("change", () => listeners.forEach((listener) => listener()));

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

/** Colour and dashes of the i-th curve: with eight colours that the colour-blind tell apart, then again dashed. */
export function stroke(i) {
  return { borderColor: colour("curve-" + (i % 8)), borderDash: [[], [7, 3], [2, 3]][Math.floor(i / 8) % 3] };
}

export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
