/* The frame around a picture of a lesson: its figures, what plays it, its controls, its numbers.

     openBoard(element, options, picture) -> {play, setStep, setScheme, refresh, destroy}

   `options` are {themes, scheme, font, onChange}: the colors of light and dark, "light" or "dark" (else
   as the system has it), the scale of texts and lines, and who is told {step, isPlaying} after each
   drawing. `picture` is
     {label, steps, pace, figures: [{name, label, paint(pen, {width, height}, theme, at) -> {axes}}],
      controls, numbers(at) -> [[name, value, color]], tell(at) -> a sentence,
      knobs: [{figure, name, read(), take(point)}]}
   At step 0 nothing is given away: numbers and sentence wait until it plays. */
import { make, setText } from "../../elements.js";
import { openPlayer } from "../../player.js";
import { makeTransport } from "../../transport.js";
import { holdPoint } from "./knob.js";

const WAITING = "Press play to see.";
const matches = (query) => window.matchMedia(`(prefers-${query})`);

export function openBoard(element, options, picture) {
  const { themes, onChange = () => {}, font = 1 } = options, lessMotion = matches("reduced-motion: reduce"), dark = matches("color-scheme: dark");
  const board = { at: 0, frame: 0 }, figures = picture.figures.map((each) => makeFigure(each, font));
  const root = make("div", { class: `optviz-live lesson-picture ${picture.name}`, role: "group", "aria-label": picture.label });
  root.style.setProperty("--font", font);
  if (options.scheme) root.dataset.scheme = options.scheme;
  const words = make("p", { class: "picture-words", "aria-live": "polite" }), numbers = makeNumbers();
  const player = openPlayer({
    show: (step, part = 0) => { board.at = step + part; ask(); },
    tell: (isPlaying) => transport.setPlaying(isPlaying),
    isStill: () => lessMotion.matches,
  });
  const transport = makeTransport(player);
  const ask = () => { board.frame ||= requestAnimationFrame(draw); };
  const findTheme = () => themes[root.dataset.scheme || (dark.matches ? "dark" : "light")];

  function draw() {
    board.frame = 0;
    const { at } = board, step = Math.floor(at), theme = findTheme();
    for (const figure of figures) figure.draw(theme, at);
    for (const knob of knobs) knob.place();
    transport.setStep(step, picture.steps);
    numbers.set(picture.numbers(at), at > 0);
    const sentence = at > 0 ? picture.tell(at) : WAITING;
    if (!player.isPlaying || !words.textContent) setText(words, sentence);
    figures.forEach((figure) => figure.canvas.setAttribute("aria-label", `${figure.about.label}. ${at > 0 ? sentence : ""}`.trim()));
    onChange({ step, isPlaying: player.isPlaying });
  }

  root.append(make("div", { class: "picture-body" },
    make("div", { class: "figures" }, ...figures.map(({ node }) => node)),
    make("div", { class: "picture-transport" }, transport.node),
    make("div", { class: "picture-side" }, ...(picture.controls.length ? [make("div", { class: "picture-controls" }, ...picture.controls)] : []), words, numbers.node),
  ));
  element.append(root);
  const knobs = (picture.knobs ?? []).map((each) => holdPoint(figures[each.figure], font, each));
  const ends = [watchSizes(figures, ask), watch(dark, ask), () => player.stop(), () => cancelAnimationFrame(board.frame), () => root.remove()];
  player.setSteps(picture.steps);
  player.jump(0);
  transport.setSteps(picture.steps);
  ask();
  return {
    play: (from = player.at) => {
      player.jump(lessMotion.matches ? Infinity : from);
      if (!lessMotion.matches) player.play();
    },
    setStep: (step) => player.jump(step),
    setScheme(scheme) {
      if (scheme) root.dataset.scheme = scheme;
      else delete root.dataset.scheme;
      ask();
    },
    refresh: ask,
    destroy: () => ends.forEach((end) => end()),
  };
}

/* A figure: a canvas whose pen counts in CSS pixels, or in larger ones where texts are scaled. */
function makeFigure(about, font) {
  const canvas = make("canvas", { role: "img", "aria-label": about.label }), node = make("div", { class: `figure ${about.name}` }, canvas);
  return {
    about, canvas, node, picture: null, width: 0, height: 0,
    draw(theme, at) {
      if (!this.width || !this.height) return;
      const ratio = window.devicePixelRatio || 1, [across, down] = [this.width * ratio, this.height * ratio].map(Math.round);
      if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
      const pen = canvas.getContext("2d"), scale = ratio * font;
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      this.picture = about.paint(pen, { width: this.width / font, height: this.height / font }, theme, at);
    },
  };
}

function watchSizes(figures, tell) {
  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect: { width, height } } of entries) Object.assign(figures.find(({ node }) => node === target), { width, height });
    tell();
  });
  for (const { node } of figures) sizes.observe(node);
  return () => sizes.disconnect();
}

function watch(media, act) {
  media.addEventListener("change", act);
  return () => media.removeEventListener("change", act);
}

/* The numbers beside a picture: a table of names and values. */
function makeNumbers() {
  const body = make("tbody"), node = make("table", { class: "numbers" }, make("caption", { class: "hidden" }, "Numbers of the picture"), body);
  let cells = [];
  return {
    node,
    set(rows, isTold) {
      if (cells.length !== rows.length || rows.some(([name], i) => cells[i].name !== name)) {
        cells = rows.map(([name, , color]) => {
          const value = make("td"), head = make("th", { scope: "row" }, name);
          if (color) head.style.borderLeftColor = color;
          return { name, value, row: make("tr", {}, head, value) };
        });
        body.replaceChildren(...cells.map(({ row }) => row));
      }
      rows.forEach(([, value], i) => setText(cells[i].value, isTold ? value : "…"));
    },
  };
}
