/* The watch over the server. While it does not answer, a banner says so and Dash's requests wait; once it
   answers again they are sent once more, so a page goes on where it was without being loaded anew. */
import { make } from "./dom.js";
import { BUSY, PATIENCE, readRest } from "./patience.js";

const GONE = "optviz does not answer. This page goes on by itself once it is back.";
const CALLBACKS = "/_dash-update-component";
const NO_BODY = [204, 205, 304];
const DOWN = [502, 503, 504]; // what a proxy answers in the server's place
const REST_MS = 60000, FIRST_MS = 1000, LAST_MS = 10000, PATIENCE_MS = 5000, TRIES = 3;
const ask = window.fetch.bind(window);
const state = { gone: false, wait: FIRST_MS, timer: null, asking: false, version: null };
const held = new Map(); // a callback's output -> its last request, and what ends the wait

/* ---- the banner ---- */
const banner = make("div", { id: "alive", role: "status" });
document.body.append(banner);

function say(text, reload) {
  if (banner.dataset.said === text) return;
  banner.dataset.said = text;
  banner.replaceChildren(...(text ? [text] : []));
  if (!reload) return;
  const button = make("button", {}, "Reload");
  button.addEventListener("click", () => window.location.reload());
  banner.append(button);
}

/* ---- the heartbeat: rare while all is well, none while nobody looks ---- */
function beatLater(delay) {
  clearTimeout(state.timer);
  state.timer = document.hidden ? null : setTimeout(beat, delay);
}

async function beat() {
  if (state.asking) return;
  state.asking = true;
  try {
    const answer = await ask("/alive", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(answer.status);
    noteAnswer(await answer.json());
  } catch {
    noteLoss();
  }
  state.asking = false;
  beatLater(state.gone ? state.wait : REST_MS);
  state.wait = state.gone ? Math.min(1.5 * state.wait, LAST_MS) : FIRST_MS;
}

function noteLoss() {
  state.gone = true;
  say(GONE, false);
}

/* Another version of the app cannot use this page's requests; the link holds what it shows. */
function noteAnswer({ version }) {
  if (state.version && version !== state.version) return window.location.reload();
  state.version = version;
  if (state.gone) say("", false);
  state.gone = false;
  const waiting = [...held.values()];
  held.clear();
  return waiting.forEach(({ again }) => again());
}

/* ---- Dash's requests ---- */
const isCallback = (url) => new URL(url, window.location.href).pathname === CALLBACKS;

/* Read what a request is for. A later one for the same outputs replaces one that waits. */
function readOutput(options) {
  try {
    return JSON.parse(options.body).output;
  } catch {
    return null;
  }
}

/* Dash takes "no content" for "nothing to change". */
const answerNothing = () => new Response(null, { status: 204 });

/* It is sent again once the server is back, or after a rest where it was busy. */
function hold(url, options, tries, rest = 0) {
  return new Promise((resolve) => {
    const output = readOutput(options);
    replace(output);
    const waiting = { resolve, again: () => resolve(send(url, options, tries)) };
    held.set(output, waiting);
    if (rest) setTimeout(() => { if (held.get(output) === waiting && held.delete(output)) waiting.again(); }, rest);
    else if (!state.gone) beatLater(0);
  });
}

function replace(output) {
  const before = held.get(output);
  if (before && held.delete(output)) before.resolve(answerNothing());
}

/* Wait for the whole of an answer: one that breaks off, as its server was ended, is no answer, and Dash
   would wait for it forever. */
async function askWhole(url, options) {
  const answer = await ask(url, options), { status, statusText, headers } = answer;
  const body = await answer.arrayBuffer();
  return new Response(NO_BODY.includes(status) ? null : body, { status, statusText, headers });
}

/* A request that fails although the server answers others is given up after a few tries. */
async function send(url, options, tries = 0) {
  if (!tries && held.size) replace(readOutput(options));
  if (state.gone) return hold(url, options, tries);
  const slow = setTimeout(beat, PATIENCE_MS); // it may hang instead of refusing
  try {
    const answer = await askWhole(url, options), rest = readRest(answer);
    if (rest && tries < PATIENCE) {
      say(BUSY, false);
      return hold(url, options, tries + 1, rest);
    }
    if (DOWN.includes(answer.status) && tries < TRIES) return hold(url, options, tries + 1);
    complain(answer);
    return answer;
  } catch (error) {
    if (error.name === "AbortError" || tries >= TRIES) throw error;
    return hold(url, options, tries + 1);
  } finally {
    clearTimeout(slow);
  }
}

/* A refusal stays on the page until something works again. */
async function complain(answer) {
  if (answer.ok) return state.gone ? undefined : say("", false);
  const sentence = (await answer.clone().text()).trim().slice(0, 300);
  return say(sentence.charAt(0).toUpperCase() + sentence.slice(1), true);
}

/* ---- what is asked now ---- */
const asked = new Map(); // a callback's output -> how many of its requests are under way
const count = (output, by) => asked.set(output, (asked.get(output) ?? 0) + by);

const EXPECT_MS = 10_000;
const expected = new Map(); // texts of outputs that a press will ask for, as Dash asks a little later, and how long that may take
const readers = []; // [a text of outputs, what reads the answers]

/* Tell if a callback whose outputs hold a text is being asked, or is about to be. */
export const isAsking = (text) => performance.now() < (expected.get(text) ?? 0) || [...asked].some(([output, open]) => open > 0 && output.includes(text));

export function expectAnswer(text, within = EXPECT_MS) {
  expected.set(text, Math.max(expected.get(text) ?? 0, performance.now() + within));
  setTimeout(announceAsked, within + 1);
  announceAsked();
}

/* Read each answer of the callbacks whose outputs hold a text, by read(answer, output). */
export const readAnswers = (text, read) => readers.push([text, read]);

/* What is asked now has changed. */
export const onAsked = (listener) => document.addEventListener("optviz:asked", listener);
const announceAsked = () => document.dispatchEvent(new CustomEvent("optviz:asked"));

/* ---- what is changed before the answer to an earlier change is here ----
   Dash asks at once, by what the page showed before either, and takes both answers in any order. The
   later request asks for both changes instead, and the answer to the earlier one is not taken; nor is
   one to a page that was left, whose controls may be those of the next. A page that opens is answered
   whatever follows. */
export const ANSWERS = "-query.data"; // what a page's answer to a change writes
const PAGE = "page.children";
const turns = new Map(); // a page's callback -> its last request under way

function takeTurn(output, options) {
  const body = JSON.parse(options.body), before = turns.get(output);
  const turn = { touched: body.changedPropIds, isOpening: isOpening(body), isPassed: false, options };
  if (before && !before.isOpening && !turn.isOpening) {
    before.isPassed = true;
    turn.touched = [...new Set([...before.touched, ...turn.touched])];
    turn.options = { ...options, body: JSON.stringify({ ...body, changedPropIds: turn.touched }) };
  }
  turns.set(output, turn);
  return turn;
}

/* As a page opens nothing was touched, or what has no value yet. */
function isOpening({ inputs, changedPropIds }) {
  const given = new Map(inputs.flat(9).map(({ id, property, value }) => [`${id}.${property}`, value ?? null]));
  return changedPropIds.every((id) => given.get(id) === null);
}

function leavePage() {
  for (const turn of turns.values()) turn.isPassed = true;
  turns.clear();
}

async function sendInTurn(url, options, output) {
  const turn = takeTurn(output, options);
  try {
    const answer = await send(url, turn.options);
    return turn.isPassed ? answerNothing() : answer;
  } finally {
    if (turns.get(output) === turn) turns.delete(output);
  }
}

async function sendCounted(url, options) {
  const output = String(readOutput(options));
  count(output, 1);
  for (const text of expected.keys()) if (output.includes(text)) expected.delete(text);
  announceAsked();
  const end = () => {
    count(output, -1);
    announceAsked();
  };
  try {
    const answer = await (output.includes(ANSWERS) ? sendInTurn(url, options, output) : send(url, options));
    if (output.includes(PAGE)) leavePage();
    tell(output, answer).finally(end);
    return answer;
  } catch (error) {
    end();
    throw error;
  }
}

/* Let the readers have a copy of an answer. */
async function tell(output, answer) {
  const own = answer.ok ? readers.filter(([text]) => output.includes(text)) : [];
  if (!own.length) return;
  const copy = await answer.clone().text();
  for (const [, read] of own) read(copy, output);
}

window.fetch = (url, options) =>
  typeof url === "string" && isCallback(url) ? sendCounted(url, options) : ask(url, options);

document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(state.timer) : beat()));
window.addEventListener("online", beat);
beat();
