/* Formulas that are told in words beside them are for the eye: the keyboard passes them by. */
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const watched = new WeakSet();

  function passed(root) {
    for (const math of root.querySelectorAll("[aria-hidden=true] mjx-container")) math.removeAttribute("tabindex");
  }

  /* The formulas in an element, now and later. Only there: to watch the whole page would cost every
     redraw of a picture a sixth of its time. */
  window.optviz.passMath = (root) => {
    if (!root || watched.has(root)) return;
    watched.add(root);
    new MutationObserver(() => passed(root)).observe(root, { childList: true, subtree: true });
    passed(root);
  };
})();
