/* The live picture: controls and pictures of one experiment in an element, all computed here.

     mount(element, data, options) -> {read, setStep, setExperiment, setScheme, destroy}

   `data` is what live/page.py describes; `options` are {modules, query, isPage, play, onChange}:
   the loaded modules by their keys, the address to begin with, whether the keys of the whole document
   are its own, whether it plays at first, and who is told {query, step, race, isPlaying, experiment} after
   each drawing. */
import { makeRace } from "../../javascript/race.js";
import { CAMERA, watchTurning } from "../drawing/canvas/camera.js";
import { makeActions, makeNotes } from "./actions.js";
import { makeCards } from "./cards.js";
import { setStart, setTarget } from "./edits.js";
import { make, setText } from "./elements.js";
import { holdStart, holdTarget } from "./hand.js";
import { watchPointer } from "./hover.js";
import { listenToKeys } from "./keys.js";
import { layOut } from "./layout.js";
import { readLink, writeLink } from "./link.js";
import { findLooks } from "./looks.js";
import { makeRunPanel, makeSurfacePanel } from "./panels.js";
import { makePictures, watchFigures } from "./pictures.js";
import { openPlayer } from "./player.js";
import { openStore } from "./store.js";
import { makeTable } from "./table.js";
import { makeBar } from "./toolbar.js";
import { makeTransport } from "./transport.js";

const NO_DERIVATIVE = "A run comes where the browser knows no derivative of this surface: the pictures keep the last race. Another start may pass by; the app shows this one.";
const matches = (query) => window.matchMedia(`(prefers-${query})`);

export function mount(element, data, options = {}) {
  const page = openPage(data, { query: "", isPage: false, play: true, onChange: () => {}, ...options });
  page.parts = makeParts(page);
  page.root.append(...layOut(page, page.parts));
  element.append(page.root);
  const ends = [
    watchFigures(page.parts.pictures.figures, () => repaint(page)),
    watchTurning(page.parts.pictures.scene.over, () => page.camera, (camera) => { page.camera = camera; page.isTurned = true; ask(page); }),
    listenToKeys(page.options.isPage ? document : page.root, page.root, page),
    watchScheme(page),
  ];
  open(page, page.first);
  return {
    read: () => ({ query: writeLink(page.store.now, page.player.at), step: page.player.at, race: page.race }),
    setStep: (step) => page.player.jump(step),
    setExperiment: (query) => {
      const { state, at, sentences } = read(page, query);
      page.store.show(state);
      open(page, { at: at ?? page.player.at, sentences });
    },
    setScheme(scheme) {
      if (scheme) page.root.dataset.scheme = scheme;
      else delete page.root.dataset.scheme;
      repaint(page);
    },
    destroy() {
      page.player.stop();
      cancelAnimationFrame(page.frame);
      page.parts.notes.hush();
      for (const end of ends) end();
      page.root.remove();
    },
  };
}

/* What is known of a page: its data, its state, its clock, what was drawn, and what may be done. */
function openPage(data, options) {
  const made = { experiment: data.experiment, view: data.view }, lessMotion = matches("reduced-motion: reduce");
  const page = {
    data, options, made, modules: { ...options.modules }, catalog: data.catalog, limits: data.limits, root: make("div", { class: "optviz-live" }),
    race: null, raced: null, looks: [], at: 0, camera: CAMERA, frame: 0, isStale: true, isTurned: false, lessMotion, dark: matches("color-scheme: dark"),
  };
  Object.assign(page, makeActions(page, () => refresh(page)));
  page.first = options.query ? read(page, options.query) : { state: made, at: data.at, sentences: [] };
  page.store = openStore(page.first.state, () => refresh(page));
  page.player = openPlayer({
    show: (step, part = 0) => { page.at = step + part; ask(page); },
    tell: (isPlaying) => page.parts.transport.setPlaying(isPlaying),
    isStill: () => lessMotion.matches,
  });
  return page;
}

const read = (page, query) => readLink(query, page.made, { ...page.data, readProblem: page.readProblem });

function makeParts(page) {
  const { data, modules } = page, pictures = makePictures({ modules, themes: data.themes });
  watchPointer(pictures.figures, () => page.race?.runs ?? []);
  const takeStart = (point) => page.edit((experiment) => setStart(experiment, point ?? experiment.problem.home), "start by hand");
  const takeTarget = (value) => page.edit((experiment) => setTarget(experiment, value), "target by hand");
  return {
    pictures, notes: makeNotes(), bar: makeBar(page), transport: makeTransport(page.player), table: makeTable(page),
    cards: makeCards(page), surface: makeSurfacePanel(page), run: makeRunPanel(page),
    start: holdStart(pictures.map, { read: () => page.findStart(page.store.now.experiment), take: takeStart }),
    target: holdTarget(pictures.losses, { read: () => page.race && page.race.target, take: takeTarget }),
  };
}

/* Show what was read of an address: at the step that it names, or played once. */
function open(page, { at, sentences }) {
  const { experiment } = page.store.now, { play, query } = page.options;
  page.player.setSteps(experiment.steps);
  refresh(page);
  page.parts.notes.tellLink(sentences);
  if (at !== null) page.player.jump(at);
  else if (!play || query || page.lessMotion.matches) page.player.jump(Infinity);
  else page.player.play();
}

/* ---- drawing: at most once a frame, the latest only ---- */
const ask = (page) => { page.frame ||= requestAnimationFrame(() => draw(page)); };

function repaint(page) {
  page.isStale = true;
  ask(page);
}

/* The controls show the state at once, the pictures in the next frame. */
function refresh(page) {
  const { store, parts: { surface, run, cards, bar } } = page, { experiment } = store.now;
  page.looks = findLooks(experiment);
  surface.set(experiment);
  run.set(experiment);
  cards.set(experiment, page.looks);
  bar.set(store);
  repaint(page);
}

function draw(page) {
  page.frame = 0;
  const { parts: { pictures, table, transport }, player, store } = page;
  if (page.raced !== store.now.experiment) race(page);
  if (page.isStale) drawRace(page);
  if (page.isTurned) pictures.turn(page.camera);
  page.isStale = page.isTurned = false;
  const step = Math.floor(page.at);
  pictures.mark(page.at);
  table.setStep(step);
  transport.setStep(step, store.now.experiment.steps);
  page.options.onChange({ query: writeLink(store.now, step), step, race: page.race, isPlaying: player.isPlaying, experiment: store.now.experiment });
}

/* Make the runs. Where they cannot be made the last ones stay, at first a race of nobody. */
function race(page) {
  const { parts: { notes, table, transport }, modules, player } = page, { experiment } = page.store.now;
  const found = makeRace(experiment, modules);
  page.raced = experiment;
  setText(notes.unknown, found ? "" : NO_DERIVATIVE);
  if (!found && page.race) return;
  page.race = found || makeRace({ ...experiment, rules: [], forks: [], pins: [] }, modules);
  player.setSteps(experiment.steps);
  if (!player.isPlaying) page.at = player.at;
  transport.setSteps(experiment.steps);
  table.set(page.race);
  page.root.classList.toggle("idle", !page.race.runs.length);
}

function drawRace(page) {
  const { parts: { pictures, transport, start, target }, race: drawn, camera } = page, { experiment, view } = page.store.now;
  pictures.show({ race: drawn, experiment, view, theme: findScheme(page), camera });
  transport.showKey(view.includes("arrows") && !view.includes("3d"));
  start.place();
  target.place();
}

/* ---- light and dark ---- */
const findScheme = ({ root, dark }) => root.dataset.scheme || (dark.matches ? "dark" : "light");

function watchScheme(page) {
  const act = () => repaint(page);
  page.dark.addEventListener("change", act);
  return () => page.dark.removeEventListener("change", act);
}
