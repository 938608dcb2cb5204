/* Sliders and exact fields for numbers. What is typed is taken while it is typed, once it is right;
   what is wrong is told beside the field when the hand leaves it, and the last good value stays. */
import { spell } from "../drawing/numbers.js";
import { make, makeId, setValue } from "./elements.js";
import { formatNumber } from "./spelling.js";

/* A text field. `read` returns the value of a text or throws the sentence; `take` gets the value, where
   `isLate` only once the hand leaves the field. */
export function makeField(label, { read, write = formatNumber, take, isLate = false, ...attributes }) {
  const id = makeId(), said = make("span", { class: "wrong", id, role: "alert" });
  const node = make("input", { type: "text", "aria-label": label, "aria-describedby": id, inputmode: "decimal", autocomplete: "off", spellcheck: "false", ...attributes });
  let good = "";
  const tell = (sentence) => {
    if (said.textContent !== sentence) said.textContent = sentence;
    if (sentence) node.setAttribute("aria-invalid", "true");
    else node.removeAttribute("aria-invalid");
  };
  const attempt = (isLeft) => {
    try {
      const value = read(node.value);
      take(value);
      good = write(value);
      tell("");
      if (isLeft) setValue(node, good);
    } catch (error) {
      if (isLeft) tell(error.message);
    }
  };
  if (!isLate) node.addEventListener("input", () => attempt(false));
  node.addEventListener("change", () => attempt(true));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || node.value === good) return;
    setValue(node, good);
    tell("");
    event.stopPropagation();
  });
  return {
    node,
    said,
    /* A value from elsewhere; the text under the hand that means it already stays. */
    set(value) {
      const text = write(value);
      if (text === good) return;
      good = text;
      setValue(node, text);
      tell("");
    },
  };
}

const DECADE = 0.05, PARTS = 1000;

/* A slider, on a log scale where `log`, with the exact field beside it. */
export function makeSlider(label, name, { low, high, log = false, step = null, read, take }) {
  const [from, to] = log ? [Math.log10(low), Math.log10(high)] : [low, high];
  const pace = step ?? (log ? DECADE : (high - low) / PARTS);
  const slide = make("input", { type: "range", min: from, max: to, step: pace, "aria-label": name });
  let now = null;
  const show = (value) => {
    now = value;
    const at = Math.min(Math.max(log ? Math.log10(Math.max(value, low)) : value, from), to);
    slide.value = at;
    slide.setAttribute("aria-valuetext", formatNumber(value));
    slide.style.setProperty("--share", `${(100 * (at - from)) / (to - from)}%`);
  };
  const field = makeField(`${name}, exact`, {
    read,
    take(value) {
      show(value);
      take(value);
    },
  });
  slide.addEventListener("input", () => {
    const at = Number(slide.value), value = Number(spell(log ? 10 ** at : at, log));
    field.set(value);
    take(value);
    slide.setAttribute("aria-valuetext", formatNumber(value));
    slide.style.setProperty("--share", `${(100 * (at - from)) / (to - from)}%`);
    now = value;
  });
  const node = make("div", { class: "hyper" }, label, slide, field.node, field.said);
  return {
    node,
    set(value) {
      field.set(value);
      if (value !== now) show(value);
    },
  };
}

/* A field under its label. */
export function makeLabelled(title, field, hint = "") {
  return make("div", { class: "field", title: hint || null }, make("span", { "aria-hidden": "true" }, title), field.node, field.said);
}
