/* Formulas that are told in words beside them are for the eye: the keyboard passes them by. */
(function () {
  "use strict";
  new MutationObserver((records) => {
    for (const node of records.flatMap((record) => [...record.addedNodes])) {
      if (node.nodeName === "MJX-CONTAINER" && node.closest("[aria-hidden=true]")) node.removeAttribute("tabindex");
    }
  }).observe(document, { childList: true, subtree: true });
})();
