/* The live picture: controls and pictures of one experiment in an element, all computed here.

     mount(element, data, options) ->
       {read, setStep, play, setExperiment, setScheme, setLayout, setSliders, highlight, destroy}

   `data` is what live/page.py describes; `options` are
     modules     the loaded modules by their keys
     query       the address to begin with; "" is what the page was made with
     isPage      true where the keys of the whole document are its own
     play        true where it plays at first
     layout      "page", or "present": surface and loss alone, large, over all of the window
     canPresent  false where there is no way to the presentation
     sliders     names of the sliders in reach there: "1.lr", "steepness", at most two
     font        the scale of its texts and lines; null chooses one by the window's size
     head        an element above the pictures in both layouts, as a lesson has
     onChange    is told {query, step, race, isPlaying, experiment, layout, sliders} after each drawing
     onTurn      is told 1 or -1 by PageDown and PageUp in the presentation
     leave       what leaving the presentation does, given the address, instead of showing the page
     share       asks for {link, svg, sentence} of what is shown, see views/share/dialog.js */
import { findStart } from "../../javascript/home.js";
import { makeRace } from "../../javascript/race.js";
import { CAMERA, watchTurning } from "../drawing/canvas/camera.js";
import { makeActions, makeNotes } from "./actions.js";
import { makeCards } from "./cards.js";
import { setStart, setTarget } from "./edits.js";
import { make, setText } from "./elements.js";
import { holdStart, holdTarget } from "./hand.js";
import { watchPointer } from "./hover.js";
import { listenToKeys } from "./keys.js";
import { makeHighlight } from "./highlight.js";
import { makeLayouts } from "./layout.js";
import { readLink, writeLink } from "./link.js";
import { findLooks } from "./looks.js";
import { makeRunPanel, makeSurfacePanel } from "./panels.js";
import { makePictures, watchFigures } from "./pictures.js";
import { openPlayer } from "./player.js";
import { makePresent } from "./present/present.js";
import { FIRST, MOST } from "./present/reach.js";
import { makePresenter } from "./present/presenter.js";
import { makeRates } from "./rates.js";
import { openStore } from "./store.js";
import { makeTable } from "./table.js";
import { makeBar } from "./toolbar.js";
import { makeTransport } from "./transport.js";

const NO_START = "The formula is finite nowhere in the window at these values: the pictures keep the last race.";
const NO_DERIVATIVE = "A run comes where the browser knows no derivative of this surface: the pictures keep the last race. Another start may pass by; the app shows this one.";
const DEFAULTS = { query: "", isPage: false, play: true, layout: "page", canPresent: true, sliders: [FIRST], font: null, head: null, onChange: () => {}, onTurn: null, leave: null, share: null };
const matches = (query) => window.matchMedia(`(prefers-${query})`);

export function mount(element, data, options = {}) {
  const page = openPage(data, { ...DEFAULTS, ...options });
  page.parts = makeParts(page);
  element.append(page.root);
  const presenter = makePresenter(page, makeLayouts(page, page.parts), () => repaint(page));
  page.presenter = presenter;
  presenter.setLayout(page.options.layout);
  const ends = [
    watchFigures(page.parts.pictures.figures, () => repaint(page)),
    watchTurning(page.parts.pictures.scene.over, () => page.camera, (camera) => { page.camera = camera; page.isTurned = true; ask(page); }),
    listenToKeys(page.options.isPage ? document : page.root, page.root, page),
    watchScheme(page),
    presenter.end,
  ];
  open(page, page.first);
  return {
    read: () => ({ ...describe(page), step: page.player.at, query: writeLink(page.store.now, page.player.at) }),
    setStep: (step) => page.player.jump(step),
    play: (from = 0) => play(page, from),
    /* Show the experiment of an address; where its view has the word "play" it is played. */
    setExperiment: (query) => {
      const { state, at, sentences, plays } = read(page, query);
      page.store.show(state);
      open(page, { at: at ?? (plays ? 0 : page.player.at), sentences, plays });
    },
    setLayout: presenter.setLayout,
    setSliders: (names) => page.parts.present.reach.want(names.slice(0, MOST)),
    highlight: (names) => page.parts.highlight.set(names),
    setScheme(scheme) {
      if (scheme) page.root.dataset.scheme = scheme;
      else delete page.root.dataset.scheme;
      repaint(page);
    },
    destroy() {
      page.player.stop();
      cancelAnimationFrame(page.frame);
      page.parts.notes.hush();
      page.parts.rates.destroy();
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
    layout: "page", race: null, raced: null, looks: [], at: 0, camera: CAMERA, frame: 0, isStale: true, isTurned: false, lessMotion, dark: matches("color-scheme: dark"),
  };
  Object.assign(page, makeActions(page, () => refresh(page)));
  page.first = readFirst(page);
  page.store = openStore(page.first.state, () => refresh(page));
  page.player = openPlayer({
    show: (step, part = 0) => { page.at = step + part; ask(page); },
    tell: (isPlaying) => page.parts.transport.setPlaying(isPlaying),
    isStill: () => lessMotion.matches,
  });
  page.tell = () => options.onChange(describe(page));
  return page;
}

/* What to open with: without a step, and where it is asked for, it plays. */
function readFirst(page) {
  const { data, made, options: { query, play: plays } } = page;
  if (!query) return { state: made, at: data.at ?? (plays ? 0 : null), sentences: data.sentences ?? [], plays: plays && (data.at === null || data.plays) };
  return read(page, query);
}

const read = (page, query) => readLink(query, page.made, { ...page.data, readProblem: page.readProblem });

/* What is told after each drawing. */
const describe = ({ store, at, race, player, layout, parts }) => {
  const step = Math.floor(at);
  return { query: writeLink(store.now, step), step, race, isPlaying: player.isPlaying, experiment: store.now.experiment, layout, sliders: parts.present.reach.read() };
};

function makeParts(page) {
  const { data, modules } = page, pictures = makePictures({ modules, themes: data.themes });
  watchPointer(pictures.figures, () => page.race?.runs ?? []);
  const takeStart = (point) => page.edit((experiment) => setStart(experiment, point ?? experiment.problem.home), "start by hand");
  const takeTarget = (value) => page.edit((experiment) => setTarget(experiment, value), "target by hand");
  return {
    pictures, notes: makeNotes(), bar: makeBar(page), transport: makeTransport(page.player), table: makeTable(page), rates: makeRates(page),
    cards: makeCards(page), surface: makeSurfacePanel(page), run: makeRunPanel(page),
    present: makePresent(page), highlight: makeHighlight(page, pictures.map),
    start: holdStart(pictures.map, { read: () => page.findStart(page.store.now.experiment), take: takeStart }),
    target: holdTarget(pictures.losses, { read: () => page.race && page.race.target, take: takeTarget }),
  };
}

/* Show what was read of an address: at the step that it names, else the last, or played from it. */
function open(page, { at, sentences, plays }) {
  page.player.setSteps(page.store.now.experiment.steps);
  refresh(page);
  page.parts.notes.tellLink(sentences);
  if (plays) play(page, at ?? 0);
  else page.player.jump(at ?? Infinity);
}

/* Play from a step; for whom motion is too much, show the end. */
function play({ player, lessMotion }, from) {
  player.jump(lessMotion.matches ? Infinity : from);
  if (!lessMotion.matches) player.play();
}

/* ---- drawing: at most once a frame, the latest only ---- */
const ask = (page) => { page.frame ||= requestAnimationFrame(() => draw(page)); };

function repaint(page) {
  page.isStale = true;
  ask(page);
}

/* The controls show the state at once, the pictures in the next frame. */
function refresh(page) {
  const { store, parts: { surface, run, cards, bar, present } } = page, { experiment } = store.now;
  page.looks = findLooks(experiment);
  surface.set(experiment);
  run.set(experiment);
  cards.set(experiment, page.looks);
  bar.set(store);
  present.set(experiment);
  repaint(page);
}

function draw(page) {
  page.frame = 0;
  const { parts: { pictures, table, transport, present }, store } = page;
  if (page.raced !== store.now.experiment) race(page);
  if (page.isStale) drawRace(page);
  if (page.isTurned) pictures.turn(page.camera);
  page.isStale = page.isTurned = false;
  const step = Math.floor(page.at);
  pictures.mark(page.at);
  table.setStep(step);
  present.setStep(step);
  transport.setStep(step, store.now.experiment.steps);
  page.tell();
}

/* Make the runs. Where they cannot be made the last ones stay, at first a race of nobody. */
function race(page) {
  const { parts: { notes, table, transport, present }, modules, player } = page, { experiment } = page.store.now;
  const found = makeRace(experiment, modules);
  page.raced = experiment;
  setText(notes.unknown, found ? "" : findStart(experiment, modules[experiment.problem.module]) ? NO_DERIVATIVE : NO_START);
  if (!found && page.race) return;
  page.race = found || makeRace({ ...experiment, rules: [], forks: [], pins: [] }, modules);
  player.setSteps(experiment.steps);
  if (!player.isPlaying) page.at = player.at;
  transport.setSteps(experiment.steps);
  table.set(page.race);
  present.setRace(page.race);
  page.root.classList.toggle("idle", !page.race.runs.length);
}

function drawRace(page) {
  const { parts: { pictures, rates, transport, start, target, highlight }, race: drawn, camera } = page, { experiment, view } = page.store.now;
  const shown = { race: drawn, experiment, view }, scheme = findScheme(page);
  pictures.show({ ...shown, theme: scheme, camera, isLarge: page.layout === "present" });
  rates.set({ ...shown, theme: page.data.themes[scheme] });
  transport.showKey(view.includes("arrows") && !view.includes("3d"));
  start.place();
  target.place();
  highlight.show();
}

/* ---- light and dark ---- */
const findScheme = ({ root, dark }) => root.dataset.scheme || (dark.matches ? "dark" : "light");

function watchScheme(page) {
  const act = () => repaint(page);
  page.dark.addEventListener("change", act);
  return () => page.dark.removeEventListener("change", act);
}
