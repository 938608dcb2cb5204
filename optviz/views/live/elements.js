/* Short ways to make elements. No element has an id of its own choice: a page may hold several of
   these pictures. */

export function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((each) => each !== null));
  return node;
}

let made = 0;
export const makeId = () => `optviz-${(made += 1)}`;

/* Into the text node: no element comes or goes, so whoever watches the place is not woken. */
export function setText(node, text) {
  if (node.textContent === text) return;
  if (node.childNodes.length === 1 && node.firstChild.nodeType === Node.TEXT_NODE) node.firstChild.nodeValue = text;
  else node.textContent = text;
}

export function setValue(node, value) {
  if (node.value !== String(value)) node.value = value;
}

export const makeButton = (text, attributes = {}, act = null) => {
  const button = make("button", { type: "button", class: "button", ...attributes }, text);
  if (act) button.addEventListener("click", act);
  return button;
};

/* A button that shows an icon of the style sheet alone; its name is for screen readers. */
export const makeIconButton = (icon, label, act, attributes = {}) =>
  makeButton(make("span", { class: icon }), { class: "icon-button", "aria-label": label, title: label, ...attributes }, act);

export function makeSwatch(look) {
  const swatch = make("span", { class: `swatch ${look.dash} ${look.symbol}` });
  swatch.style.color = look.color;
  return swatch;
}

/* A choice of few words: radio buttons that look like one bar. */
export function makeChoice(label, options, take) {
  const name = makeId(), inputs = {}, group = make("div", { class: "choice", role: "radiogroup", "aria-label": label });
  for (const [value, title] of Object.entries(options)) {
    inputs[value] = make("input", { type: "radio", name, value });
    inputs[value].addEventListener("change", () => take(value));
    group.append(make("label", {}, inputs[value], make("span", {}, title)));
  }
  return { node: group, set: (value) => { inputs[value].checked = true; } };
}

/* A list to choose from; `options` are titles by values, or pairs of both. */
/* A list to choose from; `groups` are more of its options, [title, options], below those that have no group. */
export function makeSelect(label, options, take, attributes = {}, groups = []) {
  const list = (pairs) => pairs.map(([value, title]) => make("option", { value }, title));
  const grouped = groups.map(([title, pairs]) => make("optgroup", { label: title }, ...list(pairs)));
  const node = make("select", { "aria-label": label, ...attributes }, ...list(Array.isArray(options) ? options : Object.entries(options)), ...grouped);
  node.addEventListener("change", () => take(node.value));
  return { node, set: (value) => setValue(node, value) };
}

export function makeSwitch(label, take, attributes = {}) {
  const input = make("input", { type: "checkbox", role: "switch", ...attributes });
  input.addEventListener("change", () => take(input.checked));
  return { node: make("label", { class: "switch" }, input, make("span", {}, label)), set: (value) => { input.checked = value; } };
}
