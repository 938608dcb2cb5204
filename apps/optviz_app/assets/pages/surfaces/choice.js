/* The list of surfaces: each option with a small picture, which the server draws. */
const TYPED = "typed formula";

/* What Mantine shows of an option; React is Dash's. */
export function showSurface({ option, checked }, { address }) {
  const { createElement } = window.React, { value, label } = option;
  const picture = value === TYPED
    ? createElement("span", { className: "surface-icon typed", "aria-hidden": true }, "ƒ")
    : createElement("img", { className: "surface-icon", src: `${address}${value}.png`, alt: "", loading: "lazy", width: 40, height: 30 });
  return createElement("span", { className: "surface-option" }, picture, label, checked ? createElement("span", { className: "chosen", "aria-hidden": true }, "✓") : null);
}
