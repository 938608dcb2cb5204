/* The slider under a hand. React takes longer than a frame to draw a slider anew, so while it is
   dragged the step goes straight to the pictures, and the thumb is moved by the slider's own style
   variables. React hears of the place where the hand lets go. */
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const optviz = window.optviz;
  let held = false, passing = false, x = 0;

  const part = (name) => document.querySelector(`#scrub .mantine-Slider-${name}`);

  function stepUnder(event) {
    const box = part("trackContainer").getBoundingClientRect();
    x = (event.touches && event.touches[0] ? event.touches[0] : event).clientX;
    return Math.round(Math.min(Math.max((x - box.left) / box.width, 0), 1) * optviz.player.shown.steps);
  }

  function press(event) {
    if (!(event.target instanceof Element) || !event.target.closest("#scrub") || event.button > 0) return;
    held = true;
    optviz.player.drag(stepUnder(event));
  }

  function move(event) {
    if (!held || passing) return;
    event.stopImmediatePropagation();
    optviz.player.drag(stepUnder(event));
  }

  function release() {
    if (!held) return;
    held = false;
    passing = true;
    document.dispatchEvent(new MouseEvent("mousemove", { clientX: x, bubbles: true }));
    passing = false;
  }

  /* The thumb at a share of the way, as the slider itself would draw it. */
  function place(share) {
    const thumb = part("thumb"), bar = part("bar"), at = `${100 * share}%`;
    if (!thumb || !bar) return;
    thumb.style.setProperty("--slider-thumb-offset", at);
    bar.style.setProperty("--slider-bar-width", `calc(${at} + 2 * var(--slider-size))`);
  }

  for (const [types, act] of [[["mousedown", "touchstart"], press], [["mousemove", "touchmove"], move], [["mouseup", "touchend", "touchcancel"], release]]) {
    for (const type of types) document.addEventListener(type, act, true);
  }

  optviz.scrubber = { place, held: () => held };
})();
