/* The dialogs: how a rule works, the keys, and texts to be copied. */
import { make, makeButton, makeSwatch } from "./elements.js";
import { makeKeyTable } from "./keys.js";
import { formatNumber, formatRule } from "./spelling.js";

/* Open a dialog within `root`; it goes when it is closed. */
export function openDialog(root, title, ...children) {
  const name = typeof title === "string" ? title : title.textContent;
  const close = makeButton("Close", { class: "button" }, () => dialog.close());
  const dialog = make("dialog", { "aria-label": name }, make("div", { class: "dialog-head" }, make("h2", { class: "section" }, title), close), ...children);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  root.append(dialog);
  dialog.showModal();
  return dialog;
}

const quote = ({ lead, doc, code }) => [
  make("p", { class: "lead" }, lead),
  ...(doc ? [make("pre", { class: "doc" }, doc)] : []),
  ...(code ? [make("p", { class: "note" }, "Source code:"), make("pre", { class: "code", tabindex: 0, role: "region", "aria-label": "source code" }, code)] : []),
];

/* How an optimizer works: the rule, what is around it, and its learning rate. */
export function explainRule(root, rule, look, sources) {
  const title = make("span", {}, makeSwatch(look), `How ${rule.title} works`);
  const around = [...(rule.maximize ? ["maximize"] : []), ...(rule.decay ? [rule.decay.kind] : [])];
  const parts = around.flatMap((name) => [make("h3", {}, sources[name].title), ...quote(sources[name])]);
  const lr = formatNumber(rule.settings.lr);
  const rate = rule.schedule
    ? [make("p", {}, `${lr} times ${rule.schedule.name}. ${sources[rule.schedule.name]?.lead ?? ""}`)]
    : [make("p", {}, `${lr} at every step.`)];
  const text = make("p", { class: "note" }, `As text, for the command line and for links: ${formatRule(rule)}`);
  openDialog(root, title, ...quote(sources[rule.name]), ...parts, make("h3", {}, "Learning rate"), ...rate, text);
}

export const showKeys = (root) => openDialog(root, "Keys", makeKeyTable());

/* Copy a text, or show it to be copied by hand where the browser does not let a page. */
export async function copyText(root, text, what) {
  try {
    await navigator.clipboard.writeText(text);
    return `${what} copied`;
  } catch {
    const field = make("textarea", { readonly: "", rows: Math.min(16, text.split("\n").length + 2), "aria-label": what });
    field.value = text;
    openDialog(root, `${what}: copy this text`, field);
    field.select();
    return "The browser does not let this page copy: the text is shown instead";
  }
}
