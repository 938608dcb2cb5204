/* The labels of runs in a legend, as optviz.specs and optviz.runs write them. */
import { formatGeneral, formatShortest } from "./text.js";

/* A number or a yes/no as the texts of optimizers have it. */
export function formatValue(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return formatShortest(value).replace("e-0", "e-");
}

/* The rule's name and the settings that differ from their defaults: "Adam lr=0.05 wd=0.01". */
export function formatLabel({ title, settings, defaults, decay, maximize, schedule }) {
  const parts = formatChanges(settings, defaults, "lr");
  if (maximize) parts.push("maximize=yes");
  if (decay) parts.push(`${decay.kind}=${formatValue(decay.value)}`);
  if (schedule) parts.push(`schedule=${formatSchedule(schedule)}`);
  return `${title} ${parts.join(" ")}`;
}

export function formatSchedule({ name, settings, defaults }) {
  const inside = formatChanges(settings, defaults).join(",");
  return inside ? `${name}(${inside})` : name;
}

function formatChanges(settings, defaults, always = "") {
  return Object.keys(defaults)
    .filter((name) => name === always || settings[name] !== defaults[name])
    .map((name) => `${name}=${formatValue(settings[name])}`);
}

/* The same label with the start that is not the main one. */
export const labelStart = (label, start, place) => (place ? `${label} from (${start.map((each) => formatGeneral(each)).join(", ")})` : label);

export const labelFork = (label, step) => `${label} from step ${step}`;

/* The label of a pinned run, which names a problem other than the one beside it. */
export function labelPin(label, problem, beside) {
  const words = describeProblem(problem);
  return `pinned: ${label}${words === describeProblem(beside) ? "" : ` on ${words}`}`;
}

/* A problem's name and parameter values: "ravine condition=10 rotation=0". */
export function describeProblem({ name, parameters }) {
  const values = Object.entries(parameters).map(([key, value]) => `${key}=${formatGeneral(value)}`);
  return [[...name].slice(0, 40).join(""), ...values].join(" ");
}

/* The same labels, the second and later of equal ones with a number. */
export function numberLabels(labels) {
  const out = [];
  for (const label of labels) {
    const count = out.filter((each) => each === label || each.startsWith(`${label} #`)).length;
    out.push(count ? `${label} #${count + 1}` : label);
  }
  return out;
}
