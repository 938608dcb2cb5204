/* The line of things to try: a press shows where each is, doing it ticks it off. It goes for good once
   all are done, or when it is closed. */
import { findGraph, readAxes } from "../../views/drawing/plotly.js";
import { byId, findAround, make, onDrawn } from "../../common/dom.js";
import { announce } from "./linked.js";
import { shown } from "./race.js";

const KEY = "optviz-tried", SHOWN_MS = 2400;
const root = document.documentElement;
const done = new Set();
let first = null;

const places = {
  start: () => makeRing(),
  lr: () => document.querySelector("#surfaces-cards [role=slider]"),
  play: () => byId("play"),
};
const WORDS = {
  start: "The start is the white dot on the surface: drag it, or press where it should be.",
  lr: "The learning rate is on each optimizer's card.",
  play: "The play button is below the surface.",
};

function recall() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false; // the browser keeps nothing
  }
}

function finish() {
  root.dataset.tried = "";
  try {
    localStorage.setItem(KEY, "");
  } catch { /* as above */ }
}

if (recall()) root.dataset.tried = "";

/* ---- where it is ---- */

/* A ring around the start marker. */
function makeRing() {
  const div = findGraph("contour"), axes = readAxes(div), run = shown.runs.find((each) => !each.pinned && !each.fork);
  if (!axes || !run) return null;
  const ring = make("span", { class: "ring", "aria-hidden": "true" });
  Object.assign(ring.style, { left: `${axes.xaxis.toPixel(run.x[0])}px`, top: `${axes.yaxis.toPixel(run.y[0])}px` });
  div.append(ring);
  setTimeout(() => ring.remove(), SHOWN_MS);
  return ring;
}

function point(step) {
  const place = places[step]();
  announce(WORDS[step]);
  if (!place) return;
  place.scrollIntoView({ block: "nearest" });
  place.classList.add("pointed-at");
  setTimeout(() => place.classList.remove("pointed-at"), SHOWN_MS);
  if (step !== "start") place.focus({ preventScroll: true });
}

/* ---- what was done ---- */
function tick(step) {
  if ("tried" in root.dataset) return;
  done.add(step);
  mark();
  if (done.size === Object.keys(places).length) finish();
}

function mark() {
  for (const button of document.querySelectorAll("#first-steps .step")) button.classList.toggle("done", done.has(button.dataset.step));
}

/* The start and the settings of the race that is drawn; what differs from the first one was moved. */
function read(query) {
  const parts = query.split("&");
  return { problem: parts.find((each) => each.startsWith("problem=")), start: parts.find((each) => each.startsWith("start=")), lr: String(parts.filter((each) => each.startsWith("rule="))) };
}

onDrawn((id) => {
  if (id !== "results" || !shown.race || "tried" in root.dataset) return;
  const now = read(shown.race.query), before = first;
  first = now;
  mark();
  if (!before || before.problem !== now.problem) return;
  for (const step of ["start", "lr"]) if (before[step] !== now[step]) tick(step);
});

document.addEventListener("click", (event) => {
  const step = findAround(event, "#first-steps .step");
  if (step) point(step.dataset.step);
  if (findAround(event, "#first-steps .close")) finish();
  if (findAround(event, "#play")) tick("play");
});
