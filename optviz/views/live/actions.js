/* What the controls of a page do, and the sentences that it says. */
import { explainRule, showKeys } from "./dialogs.js";
import { readModule, readSurface } from "../../javascript/formulas/surface.js";
import { findStart } from "../../javascript/home.js";
import { formatLabel } from "../../javascript/labels.js";
import { chooseLr, runsWell, varyFork, varyLr } from "../../javascript/trial.js";
import { addFork, addPin, addRule, duplicateRule, listRates, removeItem, setRate } from "./edits.js";
import { make } from "./elements.js";
import { checkNoise } from "./link.js";

const SAID_MS = 8000;
const NAMED = { isTyped: false, names: ["x", "y"], latex: "", starts: [] }; // of every surface with a name

export function makeActions(page, refresh) {
  const { data, root, modules } = page;
  const place = (experiment) => ({ ...experiment, start: actions.findStart(experiment) });
  const findRate = (find, experiment, index) => find(place(experiment), experiment.rules[index], page.modules, listRates(experiment, index));
  /* An edit after which the card at a place is new: seen, focused and told. */
  const show = (change, index, words) => {
    const before = page.store.now.experiment;
    actions.edit(change, null);
    const { experiment } = page.store.now;
    if (experiment === before) return;
    page.parts.cards.show(index);
    actions.say(words(formatLabel(experiment.rules[index])));
  };
  const actions = {
    /* Change the experiment; a `key` names the control of a number, whose field tells of an error. */
    edit(change, key) {
      try {
        const experiment = change(page.store.now.experiment);
        page.store.show({ ...page.store.now, experiment }, key);
      } catch (error) {
        if (key) throw error;
        actions.say(error.message);
        refresh(); // the control shows again what is
      }
    },
    say: (sentence) => page.parts.notes.say(sentence),
    setView(words, others = []) {
      const { view } = page.store.now, isWanted = (word) => words.includes(word) || (view.includes(word) && !others.includes(word));
      const unseen = view.filter((word) => !data.words.includes(word)); // those of the app's own pictures
      page.store.show({ ...page.store.now, view: [...data.words.filter(isWanted), ...unseen] });
    },
    toggle: (word) => actions.setView(page.store.now.view.includes(word) ? [] : [word], [word]),
    explain: (index) => explainRule(root, page.store.now.experiment.rules[index], page.looks[index], data.sources),
    /* What is added or copied begins with a learning rate that runs here, and is none of the others'. */
    add() {
      const index = page.store.now.experiment.rules.length;
      show((experiment) => {
        const made = addRule(experiment, page.catalog, page.limits);
        return setRate(made, index, findRate(chooseLr, made, index));
      }, index, (name) => `Added ${name}, a learning rate that runs here.`);
    },
    duplicate(from) {
      const index = from + 1;
      show((experiment) => {
        const made = duplicateRule(experiment, from, page.limits);
        return setRate(made, index, findRate(varyLr, made, index));
      }, index, (name) => `Added a copy with another learning rate: ${name}.`);
    },
    /* Another rule keeps the learning rate that it brings where it runs with that. */
    settleRate(experiment, index) {
      if (runsWell(place(experiment), experiment.rules[index], page.modules)) return experiment;
      return setRate(experiment, index, findRate(chooseLr, experiment, index));
    },
    fork(index) {
      const step = page.player.at;
      actions.edit((experiment) => {
        const { name } = experiment.rules[index], isHere = (each) => each.optimizer === index + 1 && each.step === step && each.rule.name === name;
        const taken = experiment.forks.filter(isHere).map(({ rule }) => rule.settings.lr);
        const fork = varyFork(place(experiment), index, step, page.modules, taken), made = addFork(experiment, fork, page.limits);
        actions.say(`Forked ${formatLabel(experiment.rules[index])} at step ${step}: it goes on with lr=${fork.rule.settings.lr}.`);
        return made;
      }, null);
    },
    pin(index, start) {
      actions.edit((experiment) => {
        const made = addPin(experiment, index, start ? experiment.also[start - 1] : actions.findStart(experiment), page.limits);
        actions.say(`Pinned ${formatLabel(experiment.rules[index])}: it stays while you change the rest.`);
        return made;
      }, null);
    },
    remove: (kind, place) => actions.edit((experiment) => removeItem(experiment, kind, place), null),
    help: () => showKeys(root),
    /* A surface's name or a typed formula as a problem, whose module the page has from then on; or a
       sentence. */
    readProblem(text) {
      const made = page.made.experiment.problem, { grammar, surfaces } = data, { operations } = modules.operations;
      if (text === made.name) return made;
      if (Object.hasOwn(surfaces, text)) {
        const problem = { ...surfaces[text], name: text, ...NAMED, module: `surface ${text}` };
        modules[problem.module] ??= readModule(problem.formula, grammar, operations);
        return problem;
      }
      if (/^[a-z]\w{2,}$/i.test(text.trim())) throw new Error(`no surface "${text.trim().slice(0, 40)}"; type a name or a formula of x and y`);
      const { module, problem } = readSurface(text, grammar, operations);
      modules[problem.module] = module;
      return problem;
    },
    /* The start of the runs: that of a typed formula moves with its parameters. */
    findStart: (experiment) => findStart(experiment, modules[experiment.problem.module]) ?? experiment.start,
    checkSteps: (steps) => (checkNoise(steps, page.store.now.experiment.noise, data.noisy), steps),
    checkNoise: (noise) => checkNoise(page.store.now.experiment.steps, noise, data.noisy),
  };
  return actions;
}

/* The places of sentences: on what was done, which goes after a while, on the address, and on a race
   that cannot be made. */
export function makeNotes() {
  const said = make("div", { class: "said", role: "status" }), link = make("div", {});
  let timer = 0;
  return {
    said, link, unknown: make("p", { class: "unknown", role: "status" }),
    say(sentence) {
      said.textContent = sentence;
      clearTimeout(timer);
      timer = setTimeout(() => { said.textContent = ""; }, SAID_MS);
    },
    hush: () => clearTimeout(timer),
    tellLink(sentences) {
      const lines = sentences.map((each) => make("p", { class: "note" }, each));
      const title = make("strong", {}, "Part of the address was not understood; the rest is shown");
      link.replaceChildren(...(lines.length ? [make("div", { class: "link-note", role: "alert" }, title, ...lines)] : []));
    },
  };
}
