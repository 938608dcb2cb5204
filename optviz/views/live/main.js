/* The page in one file, and the presentation in the app: mounts its experiment, keeps its state in its
   own address, and switches between light and dark. */
import { readAddress, writeAddress } from "./address.js";
import { modules } from "./emitted.js";
import { mount } from "./mount.js";
import { readPacked } from "./packed.js";
import { makeSchemeChoice } from "./scheme.js";
import { askShare } from "../share/ask.js";
import { describeRace } from "./words.js";

const STILL_MS = 250; // after which what is shown is written into the address
const data = readPacked(document.getElementById("page-data").textContent);
/* In the app `home` is the address of the page to go back to. */
const { home = "" } = data, sign = home ? "?" : "#";
const readText = () => (home ? location.search : location.hash).slice(1);

let written = readText(), timer = 0;
function keep({ query, isPlaying, layout, sliders, experiment: { problem } }) {
  const said = describeRace(problem);
  if (document.title !== said.title) {
    document.title = document.querySelector("h1").textContent = said.title;
    document.querySelector("header p").textContent = said.lead;
  }
  clearTimeout(timer);
  const text = writeAddress({ query, sliders, layout: home ? "page" : layout });
  if (isPlaying || text === written) return;
  timer = setTimeout(() => {
    written = text;
    history.replaceState(null, "", `${sign}${text}`);
  }, STILL_MS);
}

const place = document.querySelector("main"), first = readAddress(written);
const app = {
  layout: "present", query: "", play: data.plays,
  leave: (query) => location.assign(`${home}?${query}`),
  share: (query) => askShare(`${location.pathname}?${writeAddress({ query, sliders: live.read().sliders })}`),
};
const live = place.live = mount(place, data, { modules, ...first, isPage: true, onChange: keep, ...(home ? app : {}) });
addEventListener("hashchange", () => {
  if (home || readText() === written) return;
  written = readText();
  const { query, layout } = readAddress(written);
  live.setExperiment(query);
  live.setLayout(layout);
});

document.querySelector("header").append(makeSchemeChoice(Boolean(home), live.setScheme).node);
