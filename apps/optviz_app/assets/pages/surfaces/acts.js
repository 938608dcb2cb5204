/* What is pressed on optimizers, forks, pins and starts, in its order: however late an answer comes, no
   press is lost, and none meets another item than the one that was seen. Each names its item by a
   number that stays while others come and go; the server answers all that it has not seen yet. */
import { byId, findAround, make, noUpdate, readProps, setData } from "../../common/dom.js";
import { doOnceOpened, expectPage, isOpening } from "../../common/link.js";
import { announce, choose, findChosen, listOwnRuns } from "./linked.js";
import { shown } from "./race.js";

const LAST = 100; // presses that are sent again
const presses = { page: null, all: [] };

export function press(act) {
  if (isOpening()) return act.item === undefined ? doOnceOpened(() => press(act)) : announce("Undo was under way: press again.");
  const page = byId("results");
  if (presses.page !== page) Object.assign(presses, { page, all: [] }); // opened anew, it counts anew
  presses.all.push({ at: Math.floor(shown.at), ...act });
  expectPage();
  setData("act", { count: presses.all.length, last: presses.all.slice(-LAST) });
}

/* The numbers of the items that the page shows now. */
const readItems = () => readProps("act-items").data;

/* ---- the buttons ---- */
const CARD_BUTTON = '#surfaces-cards button[id*="\\"role\\":\\"duplicate\\""], #surfaces-cards button[id*="\\"role\\":\\"remove\\""], #forks-cards button[id*="\\"role\\":\\"duplicate\\""], #forks-cards button[id*="\\"role\\":\\"remove\\""]';
const PLAIN = { "surfaces-add": { act: "add" }, "new-sample": { act: "sample" } };

document.addEventListener("click", (event) => {
  const button = findAround(event, CARD_BUTTON), plain = findAround(event, "#surfaces-add, #new-sample"), asks = findAround(event, "#fork, #pin");
  if (button) pressCard(JSON.parse(button.id));
  else if (plain) press(PLAIN[plain.id]);
  else if (asks) pressRun(asks);
});

function pressCard({ role, owner, card }) {
  const kind = owner === "forks" ? "forks" : "rules";
  press({ act: role, kind, item: readItems()[kind][card] });
}

/* ---- Fork and Pin of the toolbar: those of the highlighted run, else the one that is chosen from a list ---- */
const TITLES = { fork: "Fork which run?", pin: "Pin which run?" };

function pressRun(button) {
  const act = button.id, able = listOwnRuns(act), chosen = findChosen();
  const run = able.find((each) => each.run === chosen) ?? (able.length === 1 ? able[0] : null);
  if (run) press(run.act);
  else if (able.length) ask(button, TITLES[act], able, (each) => press(each.act));
  else announce("There is no run: switch an optimizer on.");
}

function ask(button, title, runs, take) {
  const dialog = make("dialog", { class: "which-run", "aria-label": title }, make("p", {}, title));
  for (const each of runs) {
    const swatch = make("span", { class: `swatch ${each.look.dash} ${each.look.symbol}` }), choice = make("button", { type: "button" }, swatch, each.label);
    swatch.style.color = each.look.color;
    choice.addEventListener("click", () => {
      dialog.close();
      choose(each.run);
      take(each);
    });
    dialog.append(choice);
  }
  dialog.addEventListener("keydown", (event) => moveFocus(event, [...dialog.querySelectorAll("button")]));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  place(dialog, button.getBoundingClientRect());
}

/* Under its button, within the window. */
function place(dialog, { left, bottom }) {
  const width = dialog.offsetWidth, height = dialog.offsetHeight;
  dialog.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`;
  dialog.style.top = `${Math.max(8, Math.min(bottom + 4, window.innerHeight - height - 8))}px`;
}

function moveFocus(event, buttons) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  buttons.at((buttons.indexOf(document.activeElement) + by) % buttons.length).focus();
}

/* ---- what is new: seen, focused and told ---- */
const CARDS = { rules: "#surfaces-cards .optimizer", forks: "#forks-cards .optimizer" };
const FRAMES = 120; // that React may take to draw a card

export function showDone(done) {
  if (!done || !done.words) return noUpdate();
  announce(done.words);
  if (done.kind) showNew(done, FRAMES);
  return noUpdate();
}

function showNew({ kind, place: at }, frames) {
  const run = shown.race && findRun(kind, at);
  const cards = CARDS[kind] ? document.querySelectorAll(CARDS[kind]) : [], isThere = !CARDS[kind] || cards.length === readItems()[kind].length;
  if (!isThere || run === undefined) {
    if (frames > 0) requestAnimationFrame(() => showNew({ kind, place: at }, frames - 1));
    return;
  }
  choose(run);
  if (cards[at]) focusCard(cards[at]);
}

/* The run of a new item, once its race is here. */
function findRun(kind, at) {
  const item = readItems()[kind][at], place = shown.race.items[kind].indexOf(item);
  if (place < 0) return undefined;
  const found = shown.race.table.rows.findIndex(({ origin }) => origin.kind === kind && origin.place === place);
  return found < 0 ? undefined : found;
}

function focusCard(card) {
  const field = card.querySelector('input[id*="\\"field\\":\\"lr\\""][id*="\\"role\\":\\"hyper\\""]'), isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ block: "center", behavior: isStill ? "auto" : "smooth" });
  if (!field) return;
  field.focus({ preventScroll: true });
  field.select();
}
