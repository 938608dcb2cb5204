/* Short ways into the page, and into Dash, which alone owns window.dash_clientside. */

export const byId = (id) => document.getElementById(id);
export const isVisible = (node) => Boolean(node) && node.getClientRects().length > 0;
export const setText = (id, text) => { if (byId(id)) byId(id).textContent = text; };

/* The nearest element around an event's target that a selector names; null elsewhere. */
export const findAround = ({ target }, selector) => (target instanceof Element ? target.closest(selector) : null);

export function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

/* ---- a figure or table that is drawn anew ---- */
export const announceDrawn = (id) => document.dispatchEvent(new CustomEvent("optviz:drawn", { detail: { id } }));
export const onDrawn = (listener) => document.addEventListener("optviz:drawn", ({ detail }) => listener(detail.id));

/* What lies above all figures is painted anew, while a hand moves. */
export const announcePainted = () => document.dispatchEvent(new CustomEvent("optviz:painted"));
export const onPainted = (listener) => document.addEventListener("optviz:painted", listener);

/* A key moves the step by some steps. */
export const announceScrub = (steps) => document.dispatchEvent(new CustomEvent("optviz:scrub", { detail: { steps } }));
export const onScrub = (listener) => document.addEventListener("optviz:scrub", ({ detail }) => listener(detail.steps));

/* ---- Dash ---- */

/* The properties of a component as they are now; undefined where it is not there, as a page may be left
   before what was begun on it ends. What a callback is given may be older. */
export function readProps(id) {
  try {
    return window.dash_component_api.getLayout(id)?.props;
  } catch {
    return undefined; // Dash throws
  }
}

export function setProps(id, props) {
  if (readProps(id)) window.dash_clientside.set_props(id, props);
}
export const setData = (id, data) => setProps(id, { data });
export const readContext = () => window.dash_clientside.callback_context;
export const noUpdate = () => window.dash_clientside.no_update;
