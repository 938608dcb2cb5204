/* The choices of a figure or a film: their fields, what the browser keeps of them, and what the
   server is asked. */
import { make } from "./dom.js";

const CURVES = { distance: "Distance", state: "Memory", rates: "Effective lr", schedule: "lr" };
const PANELS = {
  figure: { surface: "From above", "3d": "3-D", loss: "Loss", ...CURVES, lr: "Loss against lr", table: "Results" },
  film: { surface: "From above", loss: "Loss", ...CURVES },
};
const LEGEND = { bottom: "below", right: "at the right", top: "above", none: "none" };
const FORMATS = {
  figure: { pdf: "PDF", svg: "SVG", png: "PNG" },
  film: { gif: "GIF", mp4: "MP4", webm: "WebM" },
};
const WIDTHS = { "8.5cm": "one column, 8.5 cm", "17.8cm": "two columns, 17.8 cm", "25.4cm": "slide, 25.4 cm", own: "own width" };
const FILM_WIDTHS = { 480: "480 pixels", 720: "720 pixels", 960: "960 pixels", 1280: "1280 pixels", 1920: "1920 pixels" };

/* ---- fields: a name, a label, and what it begins with ---- */
function choice(name, label, options, value) {
  const parts = Object.entries(options).map(([key, words]) => make("option", { value: key, ...(key === value ? { selected: "" } : {}) }, words));
  return make("label", {}, make("span", {}, label), make("select", { name }, ...parts));
}

const number = (name, label, value, least, most, step = "1") =>
  make("label", {}, make("span", {}, label), make("input", { name, type: "number", value, min: least, max: most, step, required: "" }));

const text = (name, label, value) =>
  make("label", {}, make("span", {}, label), make("input", { name, type: "text", value, maxlength: "12" }));

function toggle(name, label, isOn) {
  return make("label", { class: "toggle" }, make("input", { name, type: "checkbox", ...(isOn ? { checked: "" } : {}) }), make("span", {}, label));
}

function group(title, ...fields) {
  return make("fieldset", {}, make("legend", {}, title), ...fields);
}

const chooseView = (query) => (new URLSearchParams(query).get("view") || "").split(",");

/* The fields of a kind, as they are for an experiment that nobody has made one of yet. */
export function readChoices(kind, query) {
  const params = new URLSearchParams(query), view = chooseView(query);
  const first = view.includes("3d") && kind === "figure" ? "3d" : "surface";
  const panels = Object.entries(PANELS[kind]).map(([name, label]) => toggle(`panel-${name}`, label, name === first || name === "loss"));
  const at = params.get("at"), step = at === null ? [] : [toggle("mark", `mark step ${at}`, true)];
  if (at !== null && view.includes("arrows")) step.push(toggle("arrows", "arrows", true));
  return kind === "figure" ? [
    group("Panels", ...panels),
    group("Size", choice("width", "Width", WIDTHS, "8.5cm"), text("own", "Own width (cm, in, px)", "12cm"), number("font", "Letters (pt)", "8", 4, 40, "0.5")),
    group("Look", toggle("gray", "grays for print", false), toggle("transparent", "no background", false), toggle("dark", "dark", false), toggle("title", "titles", true), toggle("letters", "(a), (b), …", true), toggle("colorbar", "color bar", true), ...step, choice("legend", "Legend", LEGEND, "bottom")),
    group("File", choice("format", "Format", FORMATS.figure, "pdf"), number("dpi", "Dots per inch", "300", 50, 1200)),
  ] : [
    group("Panels", ...panels),
    group("Time", number("seconds", "Seconds", "8", 0.2, 120, "any"), number("fps", "Frames a second", "25", 1, 60), choice("paths", "Paths", { grow: "grow with the step", whole: "whole from the start" }, "grow")),
    group("Look", choice("width", "Width", FILM_WIDTHS, "960"), number("font", "Letters (pt)", "10", 4, 40, "0.5"), toggle("dark", "dark", false), toggle("title", "titles", true), toggle("colorbar", "color bar", true), choice("legend", "Legend", LEGEND, "bottom")),
    group("File", choice("format", "Format", FORMATS.film, "gif"), toggle("loop", "begin again at the end (GIF)", true)),
  ];
}

/* ---- what the browser keeps ---- */
const place = (kind) => `optviz-${kind}`;
const inputs = (form) => [...form.elements].filter(({ name }) => name);

export function storeForm(kind, form) {
  const values = Object.fromEntries(inputs(form).map((each) => [each.name, each.type === "checkbox" ? each.checked : each.value]));
  try {
    localStorage.setItem(place(kind), JSON.stringify(values));
  } catch { /* a browser that keeps nothing */ }
  adapt(form);
}

export function restoreForm(kind, form) {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(place(kind))) || {};
  } catch { /* nothing, or what another version wrote */ }
  for (const each of inputs(form)) {
    const value = kept[each.name];
    if (typeof value === "boolean" && each.type === "checkbox") each.checked = value;
    else if (typeof value === "string" && value && (each.tagName !== "SELECT" || [...each.options].some((option) => option.value === value))) each.value = value;
  }
  adapt(form);
}

/* Fields that mean nothing beside the others are hidden. */
function adapt(form) {
  const { own, width, dpi, format, dark, gray, loop } = form.elements;
  if (own) own.closest("label").hidden = width.value !== "own";
  if (dpi) dpi.closest("label").hidden = format.value !== "png";
  if (gray && gray.checked) dark.checked = false;
  if (gray) dark.disabled = gray.checked;
  if (loop) loop.closest("label").hidden = format.value !== "gif";
}

/* ---- what the server is asked ---- */
export function readForm(kind, form, query, browser) {
  const field = form.elements, params = new URLSearchParams(query);
  if (!field.mark || !field.mark.checked || kind === "film") params.delete("at");
  const panels = Object.keys(PANELS[kind]).filter((name) => field[`panel-${name}`].checked);
  const options = {
    panels,
    font: Number(field.font.value),
    theme: field.dark.checked ? "dark" : "light",
    title: field.title.checked,
    colorbar: field.colorbar.checked,
    legend: field.legend.value,
    ...(kind === "figure" ? readFigure(field) : readFilm(field)),
  };
  return { kind, link: params.toString(), format: field.format.value, options, browser };
}

const readFigure = (field) => ({
  width: field.width.value === "own" ? field.own.value : field.width.value,
  gray: field.gray.checked,
  transparent: field.transparent.checked,
  letters: field.letters.checked,
  dpi: field.format.value === "png" ? Number(field.dpi.value) : 300,
  ...(field.mark && field.mark.checked && field.arrows ? { arrows: field.arrows.checked } : {}),
});

const readFilm = (field) => ({
  width: Number(field.width.value),
  seconds: Number(field.seconds.value),
  fps: Number(field.fps.value),
  paths: field.paths.value,
  loop: field.loop.checked,
});

/* ---- how far the work is: a sentence, and the share that is done; null where nobody knows ---- */
export function writeWork(kind, { phase, place: turn, waiting, done, total }) {
  if (phase === "waiting") return [`Waiting for others: ${turn} of ${waiting}`, null];
  if (phase === "saving") return ["Saving", 1];
  if (phase !== "drawing") return ["Starting", null];
  if (kind === "figure" || !done) return ["Drawing", null];
  return [`Frame ${done} of ${total}`, done / total];
}
