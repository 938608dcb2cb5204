/* The cards of the optimizers: a rule with its numbers and switches, its decay and its schedule. */
import { chooseDecay, chooseRule, chooseSchedule, editRule, readFactor, readHyper, removeRule, setDecay, setFactor, setMaximize, setSetting, switchRule } from "./edits.js";
import { make, makeButton, makeIconButton, makeSelect, makeSwatch, makeSwitch } from "./elements.js";
import { makeField, makeSlider } from "./fields.js";
import { DECAYS, isShown, listRules, listSchedules, listSettings, nameFactor } from "./options.js";

const FEW = 2; // with more optimizers than this the cards open folded

/* The place of all cards. `page` has the catalog, edits experiments by `edit` and tells of rules. */
export function makeCards(page) {
  const node = make("div", { class: "cards" }), cards = [];
  const unfolded = []; // what a person chose, by the place of the card
  return {
    node,
    /* Show the optimizers; `looks` are the styles of their runs. A card whose controls stay the
       same keeps them, with the focus and what is typed in them. */
    set(experiment, looks) {
      const { rules } = experiment, focused = findFocus(node);
      rules.forEach((rule, index) => {
        const signature = sign(rule, rules.length === 1);
        if (cards[index]?.signature !== signature) {
          const isOpen = unfolded[index] ?? rules.length <= FEW;
          const card = { ...makeCard(rule, index, page, { isOpen, isAlone: rules.length === 1, fold: (open) => { unfolded[index] = open; } }), signature };
          if (cards[index]) cards[index].node.replaceWith(card.node);
          else node.append(card.node);
          cards[index] = card;
        }
        cards[index].set(rule, looks[index]);
      });
      for (const card of cards.splice(rules.length)) card.node.remove();
      focused.restore();
    },
    /* The cards after one that comes or goes keep whether they are folded. */
    move: (index, by) => (by > 0 ? unfolded.splice(index, 0, unfolded[index - 1]) : unfolded.splice(index, 1)),
    /* A card that is new is scrolled to, its learning rate ready to be typed. */
    show(index) {
      const { node: card, rate } = cards[index] ?? {}, isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (!card) return;
      card.scrollIntoView({ block: "center", behavior: isStill ? "auto" : "smooth" });
      rate.focus({ preventScroll: true });
      rate.select();
    },
    focus: (index) => cards[index]?.node.querySelector("select")?.focus(),
  };
}

/* What a card's controls depend on. */
const sign = ({ name, decay, schedule }, isAlone) => JSON.stringify([name, decay?.kind, schedule?.name, schedule?.settings.cycle_momentum, isAlone]);

/* A control that is made anew gets the focus that the old one had. */
function findFocus(node) {
  const old = node.getRootNode().activeElement, isInside = old && node.contains(old);
  const label = isInside ? old.getAttribute("aria-label") : null;
  return {
    restore() {
      if (!isInside || node.contains(node.getRootNode().activeElement)) return;
      [...node.querySelectorAll("[aria-label]")].find((each) => each.getAttribute("aria-label") === label)?.focus({ preventScroll: true });
    },
  };
}

function makeCard(rule, index, page, { isOpen, isAlone, fold }) {
  const title = `optimizer ${index + 1}`, setters = [];
  const change = (key, edit) => page.edit((experiment) => editRule(experiment, index, page.catalog, edit), key && `${index} ${key}`);
  const own = { rule, index, title, change, page, keep: (set) => setters.push(set) };
  const [first, ...rest] = listSettings(page.catalog, rule.name).map((setting) => makeHyper(setting, own));
  const how = makeButton("How it works", { class: "link", "aria-label": `how ${title} works` }, () => page.explain(index));
  const folding = make("div", { class: "folding", hidden: !isOpen }, ...rest, ...makeExtras(own), how);
  const { head, setHead } = makeHead(own, { index, isAlone, isOpen, folding, fold });
  const node = make("section", { class: "optimizer", "aria-label": title, "data-part": `optimizer ${index + 1}` }, head, first, folding);
  return {
    node,
    rate: first.querySelector("input[type=text]"),
    set(now, look) {
      setHead(now, look);
      node.classList.toggle("off", !now.on);
      node.style.borderLeftColor = look.color;
      for (const set of setters) set(now);
    },
  };
}

function makeHead({ title, change, page }, { index, isAlone, isOpen, folding, fold }) {
  const swatch = make("span", { class: "swatch-place" });
  const choice = makeSelect(`rule of ${title}`, listRules(page.catalog), (name) => page.edit((experiment) => page.settleRate(editRule(experiment, index, page.catalog, chooseRule(name, page.catalog)), index), null), { class: "grow" });
  const on = makeSwitch("on", (value) => change(null, switchRule(value)), { "aria-label": `draw ${title}` });
  const more = makeIconButton("icon more", `all settings of ${title}`, () => {
    folding.hidden = !folding.hidden;
    more.setAttribute("aria-expanded", String(!folding.hidden));
    fold(!folding.hidden);
  }, { class: "fold", "aria-expanded": String(isOpen) });
  const buttons = [
    makeIconButton("icon duplicate", `duplicate ${title}`, () => {
      page.duplicate(index);
      page.parts.cards.move(index + 1, 1);
    }),
    makeIconButton("icon remove", `remove ${title}`, () => {
      page.edit((experiment) => removeRule(experiment, index), null);
      page.parts.cards.move(index, -1);
      page.parts.cards.focus(Math.max(0, index - 1));
    }, { disabled: isAlone }),
  ];
  const setHead = (rule, look) => {
    choice.set(rule.name);
    on.set(rule.on);
    if (swatch.dataset.look !== JSON.stringify(look)) {
      swatch.dataset.look = JSON.stringify(look);
      swatch.replaceChildren(makeSwatch(look));
    }
  };
  return { head: make("div", { class: "card-head" }, swatch, choice.node, on.node, ...buttons, more), setHead };
}

/* A number, with slider and field, or a switch. */
export function makeHyper(setting, { index, title, change, keep, words = null }) {
  const { name, label } = setting;
  if (setting.isSwitch) {
    const flag = makeSwitch(label, (value) => change(null, setSetting(name, value)), { "aria-label": `${label} of ${title}` });
    keep(({ settings }) => flag.set(settings[name]));
    return make("div", { class: "flag" }, flag.node, make("code", {}, name));
  }
  const head = make("div", { class: "hyper-label" }, make("span", {}, words ?? name), words ? null : make("small", {}, label));
  const slider = makeSlider(head, `${label} of ${title}`, { ...setting, read: readHyper(setting), take: (value) => change(name, setSetting(name, value)) });
  keep(({ settings }) => slider.set(settings[name]));
  slider.node.dataset.part = `slider ${index + 1}.${name}`;
  return slider.node;
}

/* Decay, schedule, and the way up. */
function makeExtras({ rule, title, change, page, keep }) {
  const decay = makeSelect(`weight decay of ${title}`, DECAYS, (kind) => change(null, chooseDecay(kind)), { class: "grow" });
  keep((now) => decay.set(now.decay ? now.decay.kind : "none"));
  const decayed = [decay.node];
  if (rule.decay) {
    const field = makeField(`weight decay wd of ${title}`, { read: readHyper({ name: "wd" }), take: (value) => change("wd", setDecay(value)) });
    keep((now) => field.set(now.decay.value));
    decayed.push(makeSmall("wd", field));
  }
  const schedule = makeSelect(`schedule of ${title}`, listSchedules(page.catalog), (name) => change(null, chooseSchedule(name, page.catalog)), { class: "grow" });
  keep((now) => schedule.set(now.schedule ? now.schedule.name : "constant"));
  const factors = rule.schedule ? Object.keys(rule.schedule.settings).filter((name) => isShown(name, rule)) : [];
  const parts = factors.map((name) => makeFactor(name, { rule, title, change, keep }));
  const up = makeSwitch("climb instead of descend", (value) => change(null, setMaximize(value)), { "aria-label": `climb instead of descend, ${title}` });
  keep((now) => up.set(now.maximize));
  return [
    make("div", { class: "extra" }, make("span", {}, "weight decay"), ...decayed),
    make("div", { class: "extra" }, make("span", {}, "schedule"), schedule.node, ...parts),
    make("div", { class: "flag" }, up.node, make("code", {}, "maximize")),
  ];
}

const makeSmall = (words, field) => make("span", { class: "small-field" }, make("span", { class: "inline-label", "aria-hidden": "true" }, words), field.node, field.said);

/* A setting of a schedule. */
function makeFactor(name, { rule, title, change, keep }) {
  const { defaults } = rule.schedule, { label, hint } = nameFactor(name), long = `${label}${hint ? ` (${hint})` : ""} of ${title}`;
  if (typeof defaults[name] === "boolean") {
    const flag = makeSwitch(label, (value) => change(null, setFactor(name, value)), { "aria-label": long });
    keep(({ schedule }) => flag.set(schedule.settings[name]));
    return flag.node;
  }
  const isOpen = defaults[name] === null;
  const write = { write: (value) => (value === null ? "" : String(value)), placeholder: isOpen ? "run" : null };
  const field = makeField(long, { ...(isOpen ? write : {}), read: readFactor(name, isOpen), take: (value) => change(name, setFactor(name, value)), title: hint || null });
  keep(({ schedule }) => field.set(schedule.settings[name]));
  return makeSmall(label, field);
}
