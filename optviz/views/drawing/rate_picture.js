/* The picture of losses against the learning rate, on which a hand sets the learning rate: the curves
   on one canvas, the dots of the rates that are set on another, and a handle on each dot. */
import { findEdge } from "../../javascript/edges.js";
import { openCurves } from "../../javascript/rates.js";
import { findLowestLoss } from "../../javascript/summary.js";
import { paintFigure } from "./canvas/figure.js";
import { spellNumber } from "./columns.js";
import { drawHead, fitCanvas } from "./overlay.js";
import { buildRateCurveParts, findDot, frameLosses } from "./rate_curves.js";
import { holdRates } from "./rate_hand.js";

const AT_ONCE_MS = 3, IN_IDLE_MS = 8; // for curves while a hand moves, and while nothing else is to be done
const STALE = 0.4; // how strongly a curve is drawn that has to be made anew
const TOPS = [16, 30, 44, 60]; // pixels above the frame, by how many edges have their names there

/* Make the picture. `take(place, lr)` sets the learning rate of an optimizer while a hand moves it,
   `rest()` is called where the hand rests; `head` stands above the picture; `onDone()` is called once
   all curves are measured. */
export function makeRatePicture({ take, rest = () => {}, head = null, onDone = () => {} }) {
  const base = make("canvas", { "aria-hidden": "true" }), over = make("canvas", { class: "rate-over", role: "img", "aria-label": "loss of each optimizer against its learning rate" });
  const figure = make("div", { class: "rate-figure" }, base, over), note = make("p", { class: "note rate-note" });
  const node = make("section", { class: "rates", "aria-label": "learning rates" }, ...(head ? [head] : []), figure, note);
  const picture = {
    node, figure, base, over, note, curves: openCurves(), now: null, shown: [], drawn: null, painted: "", version: 0, edges: { key: "" },
    width: 0, height: 0, zoom: 1, isSeen: false, timer: 0, frame: 0, onDone, told: -1,
  };
  picture.hand = holdRates(picture, { take, rest });
  const ends = watch(picture);
  return {
    node,
    /* Show {experiment, modules, race, theme, best, log, readAlpha, given}: the runs of a race with the looks
       and the losses at the rates that are set; the theme's colors; which losses, on which axis; how
       strongly each optimizer is drawn; and curves that were made elsewhere, with their edges, titles
       and rates, in the place of those that are made here. */
    show(now) {
      picture.now = now;
      if (picture.isSeen) renew(picture);
    },
    read: () => picture.shown,
    /* Texts, lines and dots so many times as large. */
    setZoom(zoom) {
      picture.zoom = zoom;
      if (picture.isSeen && picture.now) paint(picture);
    },
    destroy() {
      for (const end of ends) end();
      cancelAnimationFrame(picture.frame);
      clearTimeout(picture.timer);
    },
  };
}

function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/* What is out of sight is neither made nor painted. */
function watch(picture) {
  const size = new ResizeObserver(([{ contentRect: { width, height } }]) => {
    Object.assign(picture, { width, height });
    if (picture.isSeen && picture.now) paint(picture);
  });
  const sight = new IntersectionObserver((entries) => {
    picture.isSeen = entries.at(-1).isIntersecting;
    if (picture.isSeen && picture.now) renew(picture);
  }, { rootMargin: "100px" });
  size.observe(picture.figure);
  sight.observe(picture.figure);
  return [() => size.disconnect(), () => sight.disconnect()];
}

/* Take in what is shown, work a little on curves that are new, and go on in idle time. */
function renew(picture) {
  const { now: { experiment, modules, given }, curves } = picture;
  if (given) return paint(picture);
  curves.set(experiment, modules);
  if (!curves.isDone) {
    curves.work(performance.now() + AT_ONCE_MS);
    picture.version += 1;
  }
  paint(picture);
  goOn(picture);
}

function goOn(picture) {
  if (picture.curves.isDone || picture.now.given || picture.timer) return;
  const act = () => {
    picture.timer = 0;
    if (!picture.isSeen || !picture.node.isConnected) return;
    picture.curves.work(performance.now() + IN_IDLE_MS);
    picture.version += 1;
    picture.frame ||= requestAnimationFrame(() => {
      picture.frame = 0;
      paint(picture);
    });
    goOn(picture);
  };
  picture.timer = window.requestIdleCallback ? window.requestIdleCallback(act, { timeout: 100 }) && 1 : setTimeout(act, 0);
}

/* ---- what is painted ---- */
const isMain = ({ origin }) => origin.start === 0 && origin.fork === null && origin.pin === null;

/* The curves with the looks of their runs, and the losses at the rates that are set. */
function listShown({ now: { experiment, race, given }, curves, edges }) {
  const about = (place) => ({ title: experiment.rules[place].title, lr: experiment.rules[place].settings.lr, edge: edges.list[place] });
  return (given ?? curves.read().map((each) => ({ ...each, ...about(each.place) }))).flatMap((each) => {
    const run = race.runs.find((one) => isMain(one) && one.origin.rule === each.place), { points } = each;
    if (!run || !points.length) return [];
    const { label, color, dash, symbol, weight } = run;
    return [{
      ...each, own: readOwn(run), label, color, dash, symbol, weight,
      rates: points.map(({ rate }) => rate), final: points.map(({ final }) => final), best: points.map(({ best }) => best),
    }];
  });
}

const readOwn = (run) => ({
  final: run.isFinished && Number.isFinite(run.losses.at(-1)) ? run.losses.at(-1) : run.ended.startsWith("stopped") ? NaN : Infinity,
  best: findLowestLoss(run),
});

/* The edges of the optimizers, made anew where the surface or a rule is another one. */
function findEdges(picture) {
  const { experiment: { problem, rules }, modules, race: { minima } } = picture.now, surface = modules[problem.module];
  const key = JSON.stringify([problem.module, problem.parameters, rules.map(({ kind, settings: { lr: _, ...rest }, decay, maximize, schedule, on }) => [kind, rest, decay, maximize, Boolean(schedule), on])]);
  if (picture.edges.key === key) return;
  const about = { window: problem.window, parameters: problem.parameters, minima };
  picture.edges = { key, list: rules.map((rule) => (rule.on ? findEdge(about, surface, rule) : null)) };
}

function paint(picture) {
  if (!picture.now?.race || !picture.width) return;
  if (!picture.now.given) findEdges(picture);
  const shown = (picture.shown = listShown(picture)), { best, log, readAlpha, theme } = picture.now;
  const looks = shown.map(({ place, color, dash, weight, isStale }) => [place, color, dash, weight, isStale, readAlpha?.(place) ?? 1]);
  const key = JSON.stringify([picture.now.given?.key ?? [picture.version, picture.edges.key], looks, best, log, theme.page, picture.width, picture.height, picture.zoom, window.devicePixelRatio]);
  if (picture.painted !== key) {
    picture.painted = key;
    paintCurves(picture, looks);
  }
  paintDots(picture);
  picture.hand.place();
  if (picture.now.given || !picture.curves.isDone || picture.told === picture.version) return;
  picture.told = picture.version;
  picture.onDone();
}

function paintCurves(picture, looks) {
  const { shown, now: { best, log, theme }, base } = picture, [width, height] = readSize(picture);
  const parts = buildRateCurveParts(shown, { best, log });
  parts.data.forEach((trace, i) => { trace.opacity = looks[i][5] * (looks[i][4] ? STALE : 1); });
  const names = parts.layout.annotations.filter(({ yref }) => yref === "paper").length;
  parts.layout.margin = { t: TOPS[Math.min(names, TOPS.length - 1)] };
  picture.drawn = { ...paintFigure(openPen(base, picture), parts, { width, height, theme, hasLegend: false, hasTitle: false }), frame: frameLosses(shown, best ? "best" : "final", log) };
  const text = writeNote(shown);
  if (picture.note.textContent !== text) picture.note.textContent = text;
}

/* The size of the figure in the pixels of its picture, of which each is `zoom` wide. */
const readSize = ({ width, height, zoom }) => [width / zoom, height / zoom];

function openPen(canvas, { width, height, zoom }) {
  const ratio = zoom * fitCanvas(canvas, width, height), pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}

function paintDots(picture) {
  const { shown, now: { readAlpha }, over } = picture, pen = openPen(over, picture);
  pen.clearRect(0, 0, ...readSize(picture));
  for (const curve of shown) drawHead(pen, findDot(picture, curve), curve, readAlpha?.(curve.place) ?? 1, 6);
}

const TITLES = { false: "Largest stable lr, with L the largest curvature", true: "Largest stable lr near the minimum, with L the largest curvature there" };
const FEW = 3; // rates of one formula that are told one by one

/* The edges with their formulas, and what is not there. */
function writeNote(shown) {
  if (!shown.length) return "No optimizer is shown.";
  const words = [false, true].flatMap((isLocal) => {
    const groups = new Map();
    for (const { title, edge } of shown.filter((each) => each.edge?.isLocal === isLocal)) {
      const name = `${title} ${edge.formula.replaceAll("*", "·")}`;
      groups.set(name, [...(groups.get(name) ?? []), edge.rate]);
    }
    return groups.size ? [`${TITLES[isLocal]}: ${[...groups].map(([name, rates]) => `${name} = ${spellRates(rates)}`).join("; ")}.`] : [];
  });
  const unknown = shown.filter(({ isKnown }) => !isKnown).map(({ title }) => title);
  if (unknown.length) words.push(`${[...new Set(unknown)].join(", ")}: gaps where the browser knows no derivative.`);
  return ["Drag along a curve, or move its dot by the arrow keys, to set lr.", ...words].join(" ");
}

function spellRates(rates) {
  const told = [...new Set(rates.map((rate) => spellNumber(rate, 3)))];
  return told.length <= FEW ? told.join(", ") : `${spellNumber(Math.min(...rates), 3)} to ${spellNumber(Math.max(...rates), 3)}`;
}
