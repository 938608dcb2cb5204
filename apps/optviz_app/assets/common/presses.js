/* The second press of a double-click. Plotly counts presses by when it hears of them, which is late on a
   busy page: it is told what the browser counted. A finger's presses the browser does not count, but it
   knows when they were. */
import { DOUBLE_CLICK_MS, FIGURE, countPress } from "../views/drawing/plotly.js";
import { findAround } from "./dom.js";

const press = { div: null, at: -Infinity, isSecond: false };
export const isSecondPress = () => press.isSecond;

function notePress(event) {
  const div = findAround(event, FIGURE), isSoon = event.timeStamp - press.at < DOUBLE_CLICK_MS;
  const isSecond = Boolean(div) && div === press.div && (event.detail ? event.detail === 2 : isSoon && !press.isSecond);
  Object.assign(press, { div, at: event.timeStamp, isSecond });
  if (div) countPress(div, isSecond);
}

for (const type of ["mousedown", "touchstart"]) document.addEventListener(type, notePress, { capture: true, passive: true });
