/* The colors of a page of its own: the system's, or those chosen here or in the app. */
import { make, makeSelect } from "./elements.js";

/* A list to choose from; `take` is told "light", "dark", or "" for the system's. In the app its own
   choice is kept, and shared. */
export function makeSchemeChoice(isInApp, take) {
  const key = isInApp ? "mantine-color-scheme-value" : "optviz-scheme";
  const recolor = (value) => {
    take(value);
    if (value) document.documentElement.dataset.scheme = value;
    else delete document.documentElement.dataset.scheme;
  };
  const choice = makeSelect("colors", { "": "System colors", light: "Light", dark: "Dark" }, (value) => {
    recolor(value);
    try {
      localStorage.setItem(key, value || (isInApp ? "auto" : ""));
    } catch { /* the browser keeps nothing for pages on a disk */ }
  });
  let chosen = "";
  try {
    chosen = localStorage.getItem(key) || "";
  } catch { /* as above */ }
  if (!["light", "dark"].includes(chosen)) chosen = "";
  choice.set(chosen);
  if (chosen) recolor(chosen);
  return { node: make("div", { class: "scheme" }, choice.node) };
}
