/* What the page offers: rules, decays and schedules with their settings, and the module of each choice.
   Touches no page. */
import { chooseModule } from "../../javascript/catalog.js";

export const DECAYS = { none: "none", l2: "L2", wd: "decoupled" };
const FACTORS = {
  steps: ["length", "steps; empty: the whole run"],
  every: ["every", "steps"],
  factor: ["times", "factor"],
  start: ["from", "fraction of lr"],
  end: ["to", "fraction of lr"],
  peak: ["peak at", "fraction of the steps"],
  three_phase: ["three phases", ""],
  cycle_momentum: ["cycle beta1", ""],
  base_momentum: ["lowest beta1", "where lr is highest"],
  max_momentum: ["highest beta1", "at first and at last"],
};

export const nameFactor = (name) => ({ label: FACTORS[name]?.[0] ?? name, hint: FACTORS[name]?.[1] ?? "" });

/* Tell if a schedule's setting has a meaning for a rule. */
export function isShown(name, { defaults, schedule }) {
  if (name === "cycle_momentum") return "beta1" in defaults;
  return !["base_momentum", "max_momentum"].includes(name) || Boolean(schedule.settings.cycle_momentum);
}

const mapTitles = (table) => Object.fromEntries(Object.entries(table).map(([name, { title }]) => [name, title ?? name]));
export const listRules = ({ rules }) => mapTitles(rules);
export const listSchedules = ({ schedules }) => ({ constant: "constant lr", ...mapTitles(schedules) });

/* The settings of a rule: lr and the other numbers first, then switches. */
export function listSettings(catalog, name) {
  const all = catalog.rules[name].settings;
  return [...all.filter(({ isSwitch }) => !isSwitch), ...all.filter(({ isSwitch }) => isSwitch)];
}

const find = (table, kind, name) => {
  if (!Object.hasOwn(table, name)) throw new Error(`no ${kind} "${String(name).slice(0, 40)}"; choose from ${Object.keys(table).join(", ")}`);
  return table[name];
};
/* The default of each setting. */
export const findRule = (catalog, name) => find(catalog.rules, "rule", name).defaults;
export const findSchedule = (catalog, name) => find(catalog.schedules, "schedule", name).defaults;

/* An optimizer as makeRace takes it, of what a person chose: name, on, settings, decay, maximize and
   schedule. Its module is that of its structure. */
export function completeRule(catalog, choices) {
  const { settings: _, variants: __, ...known } = find(catalog.rules, "rule", choices.name);
  const schedule = choices.schedule && completeSchedule(catalog, choices.schedule, known);
  const { name, on, settings, decay, maximize } = choices;
  const rule = { ...known, name, on, settings, decay, maximize, schedule };
  return { ...rule, module: chooseModule(catalog, rule) };
}

function completeSchedule(catalog, { name, settings }, { title, defaults: own }) {
  const { module, defaults, domain } = find(catalog.schedules, "schedule", name);
  if (settings.cycle_momentum && !("beta1" in own)) throw new Error(`${title} has no beta1 to cycle: leave out cycle_momentum`);
  return { name, settings, module, defaults, domain };
}
