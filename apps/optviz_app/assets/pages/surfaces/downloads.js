/* Taking a race away: its link and script to the clipboard, the picture shown as an image, and its
   files from the server. Each act ends in a sentence, which the page shows and screen readers say. */
import { findGraph, isDrawn, readCamera, readSize } from "../../views/drawing/plotly.js";
import { make, noUpdate, readContext } from "../../common/dom.js";
import { openExport } from "../../common/exports.js";
import { identifyBrowser } from "../../common/identity.js";
import { addStep, writeSearch } from "../../common/query.js";
import { copy, makeSay, request, save, saveFile } from "../../common/take.js";
import { askShare } from "../../views/share/ask.js";
import { showShare } from "../../views/share/dialog.js";
import { readAlpha } from "./linked.js";

/* ---- pictures: what is on screen, with the dots, arrows and names that lie above plotly's figure ---- */
const SCALE = 2; // pixels of the image to one of the screen
const findStage = () => ["landscape", "contour"].map(findGraph).find((each) => isDrawn(each) && each.offsetParent !== null);

/* The figure with its camera, and runs as faint as they are seen. */
function copySeen(graph) {
  const camera = readCamera(graph), { layout } = graph;
  const data = graph.data.map((trace) => (trace.meta?.run === undefined || readAlpha(trace.meta.run) === 1 ? trace : { ...trace, opacity: readAlpha(trace.meta.run) }));
  return { data, layout: camera ? { ...layout, scene: { ...layout.scene, camera } } : layout };
}

/* What is painted above the figure, as one canvas. */
function joinLayers(graph, { width, height }) {
  const canvas = make("canvas", { width: SCALE * width, height: SCALE * height }), pen = canvas.getContext("2d");
  for (const layer of graph.querySelectorAll("canvas.layer, canvas.scrub")) if (!layer.hidden) pen.drawImage(layer, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const loadImage = (source) => new Promise((done, fail) => {
  const image = new Image();
  image.onload = () => done(image);
  image.onerror = () => fail(new Error("The browser cannot draw this picture"));
  image.src = source;
});

async function drawPng(graph) {
  const size = readSize(graph), layers = joinLayers(graph, size);
  const figure = await loadImage(await window.Plotly.toImage(copySeen(graph), { format: "png", ...size, scale: SCALE }));
  const canvas = make("canvas", { width: layers.width, height: layers.height }), pen = canvas.getContext("2d");
  pen.fillStyle = getComputedStyle(document.body).backgroundColor;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  for (const part of [figure, layers]) pen.drawImage(part, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

async function drawSvg(graph) {
  const size = readSize(graph), above = joinLayers(graph, size).toDataURL("image/png");
  const text = decodeURIComponent((await window.Plotly.toImage(copySeen(graph), { format: "svg", ...size })).split(",").slice(1).join(","));
  const image = `<image href="${above}" width="${size.width}" height="${size.height}"/>`;
  return `data:image/svg+xml,${encodeURIComponent(text.replace(/<\/svg>\s*$/, `${image}</svg>`))}`;
}

const FORMATS = { png: drawPng, svg: drawSvg };

async function savePicture(format, query, graph = findStage(), what = "") {
  if (!graph || !isDrawn(graph)) throw new Error("There is no picture yet");
  const problem = new URLSearchParams(query).get("problem") || "rosenbrock";
  return save(await FORMATS[format](graph), `optviz-${/^\w+$/.test(problem) ? problem : "formula"}${what}.${format}`);
}

async function showLink(query) {
  showShare(document.body, await askShare(`${window.location.pathname}${writeSearch(query)}`));
  return "";
}

function present(query) {
  window.location.assign(`/present${writeSearch(query)}`);
  return "";
}

const PLACE = "take-said";
const ACTS = {
  present,
  "take-share": showLink,
  share: (query) => copy(window.location.origin + window.location.pathname + writeSearch(query), "Link"),
  "take-script": async (query) => copy(await (await request("/take/script", query, PLACE)).text(), "Python script"),
  "take-png": (query) => savePicture("png", query),
  "take-png-losses": (query) => savePicture("png", query, findGraph("losses"), "-loss"),
  "take-png-curves": (query) => savePicture("png", query, findGraph("curves"), "-curves"),
  "take-svg": (query) => savePicture("svg", query),
  "take-figure": (query) => openExport("figure", query, identifyBrowser()),
  "take-film": (query) => openExport("film", query, identifyBrowser()),
  "take-csv": (query) => saveFile("/take/runs.csv", query, PLACE),
  "take-json": (query) => saveFile("/take/runs.json", query, PLACE),
  "take-xlsx": (query) => saveFile("/take/runs.xlsx", query, PLACE),
  "take-page": (query) => saveFile("/take/page.html", query, PLACE),
  "take-live": (query) => saveFile("/take/live.html", query, PLACE),
};

const say = makeSay(PLACE);

export async function takeAway(...values) {
  const [query, step, steps] = values.slice(-3);
  const { triggered_id: wanted, triggered } = readContext();
  if (!ACTS[wanted] || !triggered.some((each) => each.value)) return noUpdate();
  return say(() => ACTS[wanted](addStep(query, step, steps)));
}
