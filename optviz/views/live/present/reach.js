/* The sliders in reach of a presentation: one or two, chosen there and named in its address as 1.lr (a
   setting of an optimizer, by its number) or steepness (a parameter of the surface). */
import { makeHyper } from "../cards.js";
import { openDialog } from "../dialogs.js";
import { editRule } from "../edits.js";
import { make, makeSelect } from "../elements.js";
import { listSettings } from "../options.js";
import { makeParameter } from "../panels.js";

export const MOST = 2;
export const FIRST = "1.lr";

/* Read the names of sliders from an address. */
export const readReach = (text) => text.split(",").map((each) => each.trim()).filter(Boolean).slice(0, MOST);

/* Every slider of an experiment, its words by its name. */
export function listReach({ rules, problem }, catalog) {
  const nameRule = ({ title }, index) => (rules.filter((each) => each.title === title).length > 1 ? `${title} (optimizer ${index + 1})` : title);
  const own = rules.flatMap((rule, index) => listSettings(catalog, rule.name)
    .filter(({ isSwitch }) => !isSwitch).map(({ name }) => [`${index + 1}.${name}`, `${name} of ${nameRule(rule, index)}`]));
  return Object.fromEntries([...own, ...Object.keys(problem.ranges).map((name) => [name, `${name} of the surface`])]);
}

export function makeReach(page) {
  const node = make("div", { class: "reach" });
  let wanted = page.options.sliders, sign = "", rows = [];
  const set = (experiment) => {
    const known = listReach(experiment, page.catalog), found = wanted.filter((name) => name in known);
    const shown = found.length || !wanted.length ? found : [FIRST];
    const now = JSON.stringify([shown, shown.map((name) => known[name]), experiment.problem.module]);
    if (now !== sign) {
      sign = now;
      rows = shown.map((name) => makeRow(page, experiment, name, known[name]));
      node.replaceChildren(...rows.map((row) => row.node));
      node.dataset.count = rows.length;
    }
    for (const row of rows) row.set(experiment);
  };
  const want = (names) => {
    wanted = names;
    set(page.store.now.experiment);
  };
  return {
    node, set, want,
    read: () => wanted,
    choose: () => openChooser(page, wanted, (names) => {
      want(names);
      page.tell();
    }),
  };
}

function makeRow(page, experiment, name, words) {
  const [number, ...rest] = name.split("."), index = Number(number) - 1;
  if (!rest.length) {
    const row = makeParameter(page, name, experiment.problem.ranges[name]);
    return { node: row.node, set: ({ problem }) => row.set(problem.parameters[name]) };
  }
  const setters = [], setting = listSettings(page.catalog, experiment.rules[index].name).find((each) => each.name === rest.join("."));
  const change = (key, edit) => page.edit((now) => editRule(now, index, page.catalog, edit), `${index} ${key}`);
  const node = makeHyper(setting, { index, title: `optimizer ${index + 1}`, change, keep: (each) => setters.push(each), words });
  return { node, set: ({ rules }) => setters.forEach((each) => each(rules[index])) };
}

/* Two lists, of which the second may stay empty. */
function openChooser(page, wanted, take) {
  const options = listReach(page.store.now.experiment, page.catalog), chosen = wanted.filter((name) => name in options);
  const lists = ["first", "second"].map((place, i) => {
    const list = makeSelect(`${place} slider`, { "": "none", ...options }, (value) => {
      chosen[i] = value;
      take([...new Set(chosen.filter(Boolean))]);
    });
    list.set(chosen[i] ?? "");
    return make("label", { class: "field" }, `${place} slider`, list.node);
  });
  openDialog(page.root, "Sliders below the pictures", ...lists);
}
