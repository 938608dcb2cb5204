/* The Your model page: a file that is chosen or dropped goes to the server, which answers with its
   name. Nothing is sent before a person chooses a file. */
import { byId, make, noUpdate, setData, setText, swallow } from "../../common/dom.js";
import { BUSY, askPatiently, sleep } from "../../common/patience.js";

const PLACE = "/model/files", MEGABYTE = 1024 * 1024;
const SAID = "model-drop-said";

/* ---- the field ---- */
const FRAMES = 100; // until the page that Dash was told of is there

export function prepareDrop() {
  build(FRAMES);
  return noUpdate();
}

function build(frames) {
  const place = byId("model-drop");
  if (!place && frames) requestAnimationFrame(() => build(frames - 1));
  if (place && !place.firstChild) {
    const input = make("input", { type: "file", id: "model-file", accept: ".optviz,.npz", multiple: "" });
    const label = make("label", { for: "model-file" }, "Drop recordings or pictures here, or choose them");
    const progress = make("progress", { max: 1, value: 0, hidden: "", "aria-label": "sending the file" });
    place.append(label, input, progress);
    input.addEventListener("change", () => sendFiles([...input.files]).finally(() => { input.value = ""; }));
  }
}

/* A file that misses the field would be opened by the browser in place of the page. */
const isHere = () => Boolean(byId("model-drop"));
document.addEventListener("dragover", (event) => {
  if (!isHere() || !event.dataTransfer?.types.includes("Files")) return;
  swallow(event);
  byId("model-drop").classList.add("over");
});
document.addEventListener("dragleave", () => byId("model-drop")?.classList.remove("over"));
document.addEventListener("drop", (event) => {
  if (!isHere() || !event.dataTransfer?.files.length) return;
  swallow(event);
  byId("model-drop").classList.remove("over");
  sendFiles([...event.dataTransfer.files]);
});

/* ---- the way to the server and back ---- */
async function sendFiles(files) {
  setText(SAID, "");
  const names = [];
  for (const file of files) names.push(await sendFile(file));
  const kept = names.filter(Boolean);
  if (kept.length) setData("model-dropped", { names: kept, at: Date.now() });
}

/* Return the name that the server gave a file; nothing where it was refused, which is told. */
async function sendFile(file) {
  const place = byId("model-drop"), most = Number(place.dataset.most);
  const progress = place.querySelector("progress");
  if (file.size > most) return setText(SAID, `${file.name} is too large to be dropped: at most ${most / MEGABYTE} MB. Start the app with its folder: optviz open ${file.name}`);
  progress.hidden = false;
  try {
    const answer = await askPatiently(() => post(file, progress), (rest) => { setText(SAID, BUSY); return sleep(rest); });
    const told = answer.ok ? JSON.parse(answer.text) : { refused: answer.text.trim() };
    if (told.refused) setText(SAID, told.refused);
    return told.name;
  } catch {
    return setText(SAID, "The server does not answer: is it still running?");
  } finally {
    progress.hidden = true;
  }
}

/* Only this way is a browser told how far it is. */
function post(file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${PLACE}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => { progress.value = total ? loaded / total : 0; };
    request.onerror = () => reject(new Error("no answer"));
    request.onload = () => resolve({
      ok: request.status === 200, status: request.status, text: request.responseText,
      headers: { get: (name) => request.getResponseHeader(name) },
    });
    request.send(file);
  });
}
