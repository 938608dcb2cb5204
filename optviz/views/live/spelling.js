/* Optimizers and whole experiments as texts: those of the app's links, and back. Touches no page. */
import { formatSchedule, formatValue } from "../../javascript/labels.js";
import { formatShortest } from "../../javascript/text.js";

export const formatNumber = formatValue;

/* Write as key=value the settings that are not at their default; lr always. */
const formatChanges = (settings, defaults) => Object.keys(defaults)
  .filter((name) => name === "lr" || settings[name] !== defaults[name])
  .filter((name) => settings[name] !== null)
  .map((name) => `${name}=${formatValue(settings[name])}`);

/* Write an optimizer as specs.format_spec does. */
export function formatRule(rule) {
  const parts = formatChanges(rule.settings, rule.defaults);
  if (rule.maximize) parts.push("maximize=yes");
  if (rule.decay) parts.push(`${rule.decay.kind}=${formatValue(rule.decay.value)}`);
  if (rule.schedule) parts.push(`schedule=${formatSchedule(rule.schedule)}`);
  if (!rule.on) parts.push("on=no");
  return `${rule.name}:${parts.join(",")}`;
}

const splitSettings = (text) => text.split(/,(?![^(]*\))/).map((part) => part.trim()).filter(Boolean);

export function readNumber(name, text) {
  const words = String(text).trim(), value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(words) ? Number(words) : NaN;
  if (Number.isNaN(value)) throw new Error(`${name} must be a number, got "${words}"`);
  return value;
}

const YES_NO = { yes: true, true: true, on: true, 1: true, no: false, false: false, off: false, 0: false };
function readYesNo(name, text) {
  const value = YES_NO[text.toLowerCase()];
  if (value === undefined) throw new Error(`${name} must be yes or no, got "${text}"`);
  return value;
}

/* The settings of a text such as "every=50,factor=0.5", the others at their defaults. */
function readSettings(owner, pairs, defaults) {
  const settings = { ...defaults };
  for (const [key, text] of pairs) {
    if (!(key in settings)) throw new Error(`${owner} has no "${key}"; it has ${Object.keys(settings).join(", ") || "no settings"}`);
    settings[key] = typeof settings[key] === "boolean" ? readYesNo(`${owner}: ${key}`, text) : readNumber(key, text);
  }
  return settings;
}

const readPairs = (owner, text) => splitSettings(text).map((part) => {
  const [key, ...rest] = part.split("=");
  if (!rest.length) throw new Error(`${owner}: write settings as key=value, got "${part}"`);
  return [key.trim(), rest.join("=").trim()];
});

/* Read a schedule's text; `find` gives the defaults of a name. Null for the constant one. */
export function readSchedule(text, find) {
  const found = /^\s*(\w+)\s*(?:\((.*)\))?\s*$/.exec(text), name = found ? found[1].toLowerCase() : text;
  if (name === "constant") return null;
  return { name, settings: readSettings(name, readPairs(name, (found && found[2]) || ""), find(name)) };
}

/* Read an optimizer's text as the choices that make it; throws the sentence on what is wrong. */
export function readRule(text, findRule, findSchedule) {
  const [head, ...tail] = text.split(":"), name = head.trim().toLowerCase();
  const choices = { name, on: true, decay: null, maximize: false, schedule: null }, rest = [];
  for (const [key, value] of readPairs(name, tail.join(":"))) {
    if (key === "schedule") choices.schedule = readSchedule(value, findSchedule);
    else if (key === "on" || key === "maximize") choices[key] = readYesNo(`${name}: ${key}`, value);
    else if (key === "l2" || key === "wd") choices.decay = { kind: key, value: readNumber(key, value) };
    else rest.push([key, value]);
  }
  return { ...choices, settings: readSettings(name, rest, findRule(name)) };
}

const SAFE = { "%3A": ":", "%2C": ",", "%3D": "=", "%2F": "/", "%5E": "^", "%40": "@" };
const quote = (text) => encodeURIComponent(text).replace(/%3A|%2C|%3D|%2F|%5E|%40/g, (each) => SAFE[each]).replace(/[!']/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);

export const VERSION = 2;
export const formatPoint = (point) => point.map((each) => formatShortest(each)).join(",");
export const isSamePoint = (a, b) => a[0] === b[0] && a[1] === b[1];

/* The own values of a problem's parameters, which are 1 in a typed formula, and those that differ. */
export const findOwn = ({ ranges, isTyped }) => Object.fromEntries(Object.entries(ranges).map(([name, [own]]) => [name, isTyped ? 1 : own]));
export function listChanged(problem) {
  const own = findOwn(problem);
  return Object.entries(problem.parameters).filter(([name, value]) => value !== own[name]).sort(([a], [b]) => (a < b ? -1 : 1));
}

/* Write an experiment as the app's link has it; what is at its default is left out. */
export function writeQuery(experiment, { view = [], at = null } = {}) {
  const { problem } = experiment;
  const pairs = experiment.rules.map((rule) => ["rule", formatRule(rule)]);
  const add = (key, text) => text && pairs.push([key, text]);
  add("seed", experiment.seed && String(experiment.seed));
  add("problem", problem.name !== "rosenbrock" && problem.name);
  add("parameters", listChanged(problem).map(([name, value]) => `${name}=${formatShortest(value)}`).join(","));
  add("start", !isSamePoint(experiment.start, problem.home) && formatPoint(experiment.start));
  add("steps", experiment.steps !== 500 && String(experiment.steps));
  add("noise", experiment.noise && formatShortest(experiment.noise));
  for (const point of experiment.also) add("also", formatPoint(point));
  for (const { optimizer, step, rule } of experiment.forks) add("fork", `${optimizer}@${step}:${formatRule(rule)}`);
  for (const pin of experiment.pins) add("pin", writeQuery(pin));
  if (experiment.target !== null) add("target", formatShortest(experiment.target));
  add("view", view.join(","));
  add("at", at !== null && at < experiment.steps && String(at));
  return [...pairs, ["v", String(VERSION)]].map(([key, text]) => `${key}=${quote(text)}`).join("&");
}

/* The texts of a link by their keys; `refuse` is told of a part that is no text. */
export function splitQuery(query, refuse) {
  const given = {};
  for (const part of query.replace(/^[?#]/, "").split("&").filter(Boolean)) {
    const [key, ...rest] = part.split("=");
    try {
      (given[key] = given[key] || []).push(decodeURIComponent(rest.join("=")));
    } catch {
      refuse(part);
    }
  }
  return given;
}
