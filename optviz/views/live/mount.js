/* The live picture: controls and pictures of one experiment in an element, all computed here.

     mount(element, data, options) -> {setStep, setExperiment, destroy}

   `data` is what live/page.py describes; `options` are {modules, query, isPage, play, onChange}:
   the loaded modules by their keys, the address to begin with, whether the keys of the whole document
   are its own, whether it plays at first, and who is told {query, step, race} of each change. */
import { makeRace } from "../../javascript/race.js";
import { CAMERA, watchTurning } from "../drawing/canvas/camera.js";
import { makeCards } from "./cards.js";
import { copyText, explainRule, showKeys } from "./dialogs.js";
import { addRule, removeItem, setStart, setTarget } from "./edits.js";
import { make, makeButton, makeChoice, setText } from "./elements.js";
import { holdStart, holdTarget } from "./hand.js";
import { listenToKeys } from "./keys.js";
import { readLink, writeLink, writeRecord } from "./link.js";
import { makeRunPanel, makeSection, makeSurfacePanel } from "./panels.js";
import { CURVE_TITLES, findCurve, makePictures, watchFigures } from "./pictures.js";
import { openPlayer } from "./player.js";
import { openStore } from "./store.js";
import { makeTable } from "./table.js";
import { makeTransport } from "./transport.js";
import { findLooks } from "./looks.js";

const SAID_MS = 8000;
const NO_DERIVATIVE = "The browser knows no derivative of this surface where a run needs it: the pictures keep the last race. The app shows this one.";

export function mount(element, data, { modules, query = "", isPage = false, play = true, onChange = () => {} } = {}) {
  const { catalog, limits } = data, made = { experiment: data.experiment, view: data.view };
  const read = query ? readLink(query, made, data) : { state: made, at: data.at, sentences: [] };
  const root = make("div", { class: "optviz-live" }), said = make("div", { class: "said", role: "status" });
  const lessMotion = window.matchMedia("(prefers-reduced-motion: reduce)"), dark = window.matchMedia("(prefers-color-scheme: dark)");
  let race = null, looks = [], frame = 0, isStale = true, at = 0, camera = CAMERA, isTurned = false, sayTimer = 0;

  /* ---- what the controls do ---- */
  const page = {
    catalog, limits, root,
    edit(change, key) {
      try {
        const experiment = change(store.now.experiment);
        store.show({ ...store.now, experiment }, key);
      } catch (error) {
        page.say(error.message);
        if (key) throw error; // the field tells it too
        refresh();
      }
    },
    say(sentence) {
      said.textContent = sentence;
      clearTimeout(sayTimer);
      sayTimer = setTimeout(() => { said.textContent = ""; }, SAID_MS);
    },
    setView(words, others = []) {
      const view = data.words.filter((word) => words.includes(word) || (store.now.view.includes(word) && !others.includes(word)));
      store.show({ ...store.now, view });
    },
    toggle: (word) => page.setView(store.now.view.includes(word) ? [] : [word], [word]),
    explain: (index) => explainRule(root, store.now.experiment.rules[index], looks[index], data.sources),
    remove: (kind, place) => page.edit((experiment) => removeItem(experiment, kind, place), null),
    help: () => showKeys(root),
    checkSteps: (steps) => checkNoise(steps, store.now.experiment.noise) && steps,
    checkNoise: (noise) => checkNoise(store.now.experiment.steps, noise) && noise,
  };
  const checkNoise = (steps, noise) => {
    if (!noise || steps <= data.noisy) return true;
    throw new Error(`this page has the noise of ${data.noisy} steps: take fewer steps, or noise 0`);
  };

  /* ---- the parts ---- */
  const store = openStore(read.state, () => refresh());
  const player = page.player = openPlayer({
    show: (step, part = 0) => { at = step + part; ask(); },
    tell: (isPlaying) => transport.setPlaying(isPlaying),
    isStill: () => lessMotion.matches,
  });
  page.store = store;
  const transport = makeTransport(player), pictures = makePictures({ modules, themes: data.themes });
  const cards = page.cards = makeCards(page), table = makeTable(page);
  const surface = makeSurfacePanel(page, data.experiment.problem), run = makeRunPanel(page);
  const start = holdStart(pictures.map, {
    read: () => store.now.experiment.start,
    take: (point) => page.edit((experiment) => setStart(experiment, point ?? experiment.problem.home), "start by hand"),
  });
  const target = holdTarget(pictures.losses, { read: () => race && race.target, take: (value) => page.edit((experiment) => setTarget(experiment, value), "target by hand") });
  const releaseCamera = watchTurning(pictures.scene.over, () => camera, (turned) => {
    camera = turned;
    isTurned = true;
    ask();
  });
  const bar = makeBar(page, () => store.now, () => player.at, data);
  root.append(...layOut({ page, data, bar, pictures, transport, table, surface, run, cards, said }));
  element.append(root);

  /* ---- drawing: at most once a frame, the latest only ---- */
  const ask = () => { frame ||= requestAnimationFrame(draw); };
  function refresh() {
    isStale = true;
    const { experiment } = store.now;
    surface.set(experiment);
    run.set(experiment);
    looks = findLooks(experiment);
    cards.set(experiment, looks);
    bar.set(store);
    ask();
  }
  function draw() {
    frame = 0;
    const { experiment, view } = store.now;
    if (isStale) {
      const found = makeRace(experiment, modules);
      root.classList.toggle("unknown", !found);
      if (!found) page.say(NO_DERIVATIVE);
      else if (found !== race) {
        race = found;
        player.setSteps(experiment.steps);
        if (!player.isPlaying) at = player.at;
        transport.setSteps(experiment.steps);
        table.set(race);
      }
      isStale = false;
      if (race) pictures.show({ race, experiment, view, theme: findScheme(), camera });
      transport.showKey(view.includes("arrows") && !view.includes("3d"));
      start.place();
      target.place();
    }
    if (isTurned) pictures.turn(camera);
    isTurned = false;
    const step = Math.floor(at);
    pictures.mark(at);
    table.setStep(step);
    transport.setStep(step, experiment.steps);
    onChange({ query: writeLink(store.now, step), step, race, isPlaying: player.isPlaying });
  }

  /* ---- size and colors ---- */
  const findScheme = () => root.dataset.scheme || (dark.matches ? "dark" : "light");
  const redraw = () => { isStale = true; ask(); };
  const unwatch = watchFigures(pictures.figures, redraw);
  dark.addEventListener("change", redraw);
  page.recolor = (scheme) => {
    if (scheme) root.dataset.scheme = scheme;
    else delete root.dataset.scheme;
    redraw();
  };
  const silence = listenToKeys(isPage ? document : root, root, page);

  player.setSteps(read.state.experiment.steps);
  refresh();
  if (read.sentences.length) root.querySelector(".link-said").replaceChildren(makeNote(read.sentences));
  if (read.at !== null) player.jump(read.at);
  else if (!play || lessMotion.matches) player.jump(Infinity);
  else player.play();
  return {
    setStep: (step) => player.jump(step),
    setExperiment: (text) => store.show(readLink(text, made, data).state),
    setScheme: page.recolor,
    destroy() {
      player.stop();
      cancelAnimationFrame(frame);
      clearTimeout(sayTimer);
      unwatch();
      dark.removeEventListener("change", redraw);
      releaseCamera();
      silence();
      root.remove();
    },
  };
}

function makeNote(sentences) {
  return make("div", { class: "link-note", role: "alert" }, make("strong", {}, "Part of the address was not understood; the rest is shown"), ...sentences.map((each) => make("p", { class: "note" }, each)));
}

/* The toolbar above the surface, and the choices above the curves. */
function makeBar(page, readState, readStep, data) {
  const height = makeChoice("view", { map: "From above", "3d": "3-D" }, (value) => page.setView(value === "3d" ? ["3d"] : [], ["3d"]));
  const arrows = makeButton("Arrows", { class: "chip", "aria-pressed": "false", title: "gradient, momentum and step of each run at this step (a)" }, () => page.toggle("arrows"));
  const undo = makeButton("Undo", { title: "undo the last change (u)" }, () => page.store.undo());
  const redo = makeButton("Redo", { title: "redo the change (Shift+u)" }, () => page.store.redo());
  const copy = (what, write) => async () => page.say(await copyText(page.root, write(), what));
  const link = makeButton("Copy link", { title: "a link that opens in the optviz app and in optviz run" }, copy("Link", () => `${data.app}?${writeLink(readState(), readStep())}`));
  const json = makeButton("Copy JSON", { title: "the experiment as JSON, for Experiment.from_json" }, copy("JSON", () => writeRecord(readState(), readStep())));
  const keys = makeButton("Keys", { title: "the keys of this page (?)" }, () => page.help());
  const axis = makeChoice("loss axis", { log: "log scale (auto)", linear: "linear" }, (value) => page.setView(value === "linear" ? ["linear"] : [], ["linear"]));
  const against = makeChoice("horizontal axis", { steps: "steps", evaluations: "evaluations" }, (value) => page.setView(value === "steps" ? [] : [value], ["evaluations"]));
  const curve = makeChoice("curves", CURVE_TITLES, (value) => page.setView(value === "state" ? [] : [value], Object.keys(CURVE_TITLES)));
  const top = make("div", { class: "toolbar", role: "toolbar", "aria-label": "picture" }, height.node, arrows, make("span", { class: "grow" }), undo, redo, link, json, keys);
  return {
    top,
    overLosses: make("div", { class: "toolbar" }, axis.node, against.node),
    overCurves: make("div", { class: "toolbar" }, curve.node),
    set({ now: { view }, canUndo, canRedo }) {
      height.set(view.includes("3d") ? "3d" : "map");
      arrows.setAttribute("aria-pressed", String(view.includes("arrows")));
      axis.set(view.includes("linear") ? "linear" : "log");
      against.set(view.includes("evaluations") ? "evaluations" : "steps");
      curve.set(findCurve(view));
      undo.disabled = !canUndo;
      redo.disabled = !canRedo;
    },
  };
}

/* The page: surface, controls, curves; the style sheet puts the controls beside where there is room. */
function layOut({ page, data, bar, pictures, transport, table, surface, run, cards, said }) {
  const add = makeButton("Add optimizer", {}, () => {
    page.edit((experiment) => addRule(experiment, page.catalog, page.limits), null);
    cards.focus(page.store.now.experiment.rules.length - 1);
  });
  const optimizers = make("section", { class: "part" }, make("div", { class: "part-head" }, make("h2", { class: "section" }, "Optimizers"), add), cards.node);
  const stage = make("div", { class: "stage" }, pictures.map.node, pictures.scene.node);
  const pair = make("div", { class: "curve-pair" }, make("div", {}, bar.overLosses, pictures.losses.node), make("div", {}, bar.overCurves, pictures.curves.node));
  const parts = [
    make("div", { class: "above" }, make("div", { class: "link-said" }), bar.top),
    make("div", { class: "shown" }, stage, transport.node),
    make("div", { class: "controls" }, surface.node, run.node, optimizers),
    make("div", { class: "below" }, pair, makeSection("Results", table.node)),
  ];
  return [make("div", { class: "page" }, ...parts), said];
}
