/* The look of each card: that of its optimizer's run in the pictures, which draw those that are on.
   Touches no page. */
import { chooseStyles } from "../../javascript/styles.js";

const makeRun = ({ kind }, rule) => ({ kind, label: "", origin: { rule, start: 0, fork: null, pin: null } });

export function findLooks({ rules, looks }) {
  const drawn = rules.flatMap((rule, index) => (rule.on ? [makeRun(rule, index)] : [])), styles = chooseStyles(drawn, looks);
  return rules.map((rule, index) => (rule.on ? styles[drawn.findIndex(({ origin }) => origin.rule === index)] : chooseStyles([makeRun(rule, index)], looks)[0]));
}
