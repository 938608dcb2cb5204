/* The presentation: what it says above the pictures, the names of the runs beside the loss, the step,
   and the sliders in reach. */
import { findLoss, formatCell } from "../../drawing/result_table.js";
import { make, makeButton, makeSwatch, setText } from "../elements.js";
import { describeRace } from "../words.js";
import { makeReach } from "./reach.js";

export function makePresent(page) {
  const title = make("h1", {}), lead = make("p", {}), head = make("div", { class: "present-words" }, title, lead);
  const full = makeButton("Full screen", {}, () => toggleFull(page.root));
  const buttons = make("div", { class: "present-buttons" },
    makeButton("Sliders", { title: "choose the sliders below the pictures" }, () => reach.choose()),
    makeButton("Share", { title: "a QR code and a short link for the class" }, () => page.share()),
    ...(document.fullscreenEnabled ? [full] : []),
    makeButton("Leave", { title: "leave the presentation (p or Esc)" }, () => page.present(false)));
  const withRates = makeButton("Learning rates", { "aria-pressed": "false", title: "the loss against the learning rate, in the place of the loss over the steps" }, () => {
    withRates.setAttribute("aria-pressed", String(page.root.classList.toggle("with-rates")));
  });
  buttons.prepend(withRates);
  const names = makeNames(), reach = makeReach(page);
  const node = make("div", { class: "present" });
  return {
    reach,
    arrange({ stage, losses, transport, notes, head: own }) {
      node.replaceChildren(
        make("div", { class: "present-head" }, own || head, buttons),
        make("div", { class: "present-notes" }, notes.link, notes.unknown),
        stage, make("div", { class: "present-side" }, losses, names.head, names.node),
        make("div", { class: "present-foot" }, transport, reach.node));
      return node;
    },
    set(experiment) {
      const said = describeRace(experiment.problem);
      setText(title, said.title);
      setText(lead, isAlike(experiment, page.made.experiment) ? page.data.notice || said.notice : said.notice);
      reach.set(experiment);
    },
    setRace: names.set,
    setStep: names.setStep,
  };
}

/* True where what was written about a race still holds: the same rules on the same surface. */
const isAlike = (one, other) => [one, other].map(({ problem, rules }) => [problem.module, ...rules.map(({ name }) => name)].join()).every((text, _, all) => text === all[0]);

function toggleFull(root) {
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen().catch(() => {}); // a browser that refuses leaves all as it is
}

/* The runs by name, each with its line and its loss at the step. */
function makeNames() {
  const node = make("ul", { class: "names", tabindex: 0, role: "list", "aria-label": "runs, with the loss at the step" });
  const head = make("div", { class: "names-head", "aria-hidden": "true" });
  let race = null, cells = [], sign = "";
  return {
    node, head,
    set(made) {
      race = made;
      const now = JSON.stringify(made.runs.map(({ label, color, dash, symbol }) => [label, color, dash, symbol]));
      if (now === sign) return;
      sign = now;
      cells = made.runs.map(() => make("span", { class: "number" }, " "));
      node.replaceChildren(...made.runs.map((run, place) => make("li", { "data-part": `run ${place + 1}` }, makeSwatch(run), make("span", { class: "name" }, run.label), cells[place])));
    },
    setStep(step) {
      setText(head, `loss at step ${step}`);
      race.runs.forEach((run, place) => setText(cells[place], formatCell(findLoss(run, run.losses, step))));
    },
  };
}
