/* The page of a lesson: its part in the address, light and dark, and the ways into the app. */
import { askShare } from "../../share/ask.js";
import { make } from "../elements.js";
import { modules } from "../emitted.js";
import { readPacked } from "../packed.js";
import { makeSchemeChoice } from "../scheme.js";
import { openLesson } from "./lesson.js";

const data = readPacked(document.getElementById("page-data").textContent);
/* In the app `home` is the address of its page of surfaces; a file has its part after "#". */
const { home = "", lesson } = data, sign = home ? "?" : "#", app = home ? new URL(home, location.href).href : data.app;
data.app = app;
const readText = () => (home ? location.search : location.hash).slice(1);

function read() {
  const given = new URLSearchParams(readText()), part = Number(given.get("part"));
  return { part: Number.isInteger(part) && part > 0 ? part : 1, layout: given.has("present") ? "present" : "page" };
}

const write = ({ part, layout = "page" }) => `${sign}part=${part}${layout === "present" ? "&present" : ""}`;
const link = (part) => write({ part });
link.page = (href) => (href.startsWith("/") ? app.replace(/\/$/, "") + href : href);

const opener = make("a", { class: "button", href: app }, "Open on Surfaces");
const place = document.querySelector("main"), header = document.querySelector("header");
const view = place.lesson = openLesson(place, data, {
  modules,
  address: { read, link, write: (to, isNew) => history[isNew ? "pushState" : "replaceState"](null, "", write(to)) },
  onPart: ({ part, count, title }) => { document.title = `${title} (${part} of ${count}): ${lesson.title} · optviz`; },
  onChange: ({ query }) => {
    opener.hidden = !query;
    if (query) opener.href = `${app}?${query}`;
  },
  share: home ? () => askShare(`${location.pathname}${location.search}`) : null,
});
addEventListener("popstate", () => {
  const { part, layout } = read();
  view.show(part, { isBack: true });
  if (layout !== view.read().layout) view.setLayout(layout);
});

const scheme = makeSchemeChoice(Boolean(home), view.setScheme);
const present = make("button", { type: "button", class: "button", title: "present: large, for a class (p)" }, "Present");
present.addEventListener("click", () => view.setLayout("present"));
const ways = data.lessons ? [make("a", { class: "button", href: data.lessons }, "All lessons")] : [];
header.append(make("nav", { class: "lesson-links", "aria-label": "lesson and app" }, ...ways, opener, present, scheme.node));

/* ---- keys: n and b turn; Page Down and Page Up do where the page scrolls no more; of a picture that
   is no race also those of the presentation ---- */
const TYPED = "input:not([type=radio]):not([type=checkbox]):not([type=range]), textarea, select";
const { documentElement: root } = document;
const TURNS = {
  n: () => 1, b: () => -1,
  PageDown: () => Number(scrollY + innerHeight >= root.scrollHeight - 2),
  PageUp: () => -Number(scrollY <= 0),
};
document.addEventListener("keydown", (event) => {
  const isPlain = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
  const { isPicture, layout } = view.read(), isLarge = layout === "present";
  if (isPlain && isPicture && !event.target.closest?.(TYPED) && (event.key === "p" || (event.key === "Escape" && isLarge))) view.setLayout(isLarge ? "page" : "present");
  if (!isPlain || !Object.hasOwn(TURNS, event.key) || event.target.closest?.(TYPED) || document.querySelector("dialog[open]")) return;
  const by = TURNS[event.key]();
  if (!by) return;
  event.preventDefault();
  view.turn(by);
});
