/* The page in one file: mounts its experiment, keeps its state in its own address, and switches
   between light and dark. */
import { make, makeSelect } from "./elements.js";
import { modules } from "./emitted.js";
import { mount } from "./mount.js";

const STILL_MS = 250; // after which what is shown is written into the address
const data = JSON.parse(document.querySelector("script[type='application/json']").textContent);

const writeLead = ({ note }) => `${note.split(":")[0].replace(/\.$/, "")}: watch each optimizer on its way down from the same start, and move anything.`;

let written = location.hash.slice(1), timer = 0;
function keep({ query, isPlaying, experiment: { problem } }) {
  const title = `Optimizers on ${problem.title || problem.formula}`;
  if (document.title !== title) {
    document.title = document.querySelector("h1").textContent = title;
    document.querySelector("header p").textContent = writeLead(problem);
  }
  clearTimeout(timer);
  if (isPlaying || query === written) return;
  timer = setTimeout(() => {
    written = query;
    history.replaceState(null, "", `#${query}`);
  }, STILL_MS);
}

const place = document.querySelector("main");
const live = place.live = mount(place, data, { modules, query: written, isPage: true, onChange: keep });
addEventListener("hashchange", () => {
  if (location.hash.slice(1) === written) return;
  written = location.hash.slice(1);
  live.setExperiment(written);
});

/* ---- the colors: the system's, or those chosen here ---- */
const scheme = makeSelect("colors", { "": "System colors", light: "Light", dark: "Dark" }, (value) => {
  recolor(value);
  try {
    localStorage.setItem("optviz-scheme", value);
  } catch { /* the browser keeps nothing for pages on a disk */ }
});

function recolor(value) {
  live.setScheme(value);
  if (value) document.documentElement.dataset.scheme = value;
  else delete document.documentElement.dataset.scheme;
}

let chosen = "";
try {
  chosen = localStorage.getItem("optviz-scheme") || "";
} catch { /* as above */ }
scheme.set(chosen);
if (chosen) recolor(chosen);
document.querySelector("header").append(make("div", { class: "scheme" }, scheme.node));
