/* The address bar: what the page shows is written into it, what is written there is opened, and what
   was there before can be had again by undo and redo. */
window.dash_clientside = window.dash_clientside || {};
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;

  /* The link is written once the hand is still: so a drag is one entry of the history, and no redraw
     waits for what hangs on the address. */
  const STILL_MS = 250;
  let down = false, held = null, timer = null;
  document.addEventListener("pointerdown", () => { down = true; }, true);
  for (const event of ["pointerup", "pointercancel"]) {
    document.addEventListener(event, () => {
      down = false;
      clearTimeout(timer);
      timer = setTimeout(release, STILL_MS);
    }, true);
  }

  function release() {
    if (!held || down) return;
    const { query, path } = held;
    held = null;
    if (path === window.location.pathname) {
      window.dash_clientside.set_props("shown", { data: { path, query } });
      window.dash_clientside.set_props("url", { search: query ? "?" + query : "" });
    }
  }

  let open = null;
  function write(query, shown = open) {
    const path = window.location.pathname;
    const known = query === null || query === undefined || (shown && shown.path === path && shown.query === query);
    held = known ? null : { query, path };
    clearTimeout(timer);
    timer = setTimeout(release, STILL_MS);
  }

  /* An address to open; the one that the page wrote itself is open already. */
  function arrived(path, search, shown) {
    const query = (search || "").replace(/^\?/, "");
    if (shown && shown.path === path && shown.query === query) return skip();
    held = null; // what was to be written belongs to the page that is left
    focused = document.activeElement.id;
    return { path, search };
  }

  /* What had the focus has it again once the page is there anew, unless something else took it. */
  let focused = "";
  function refocus() {
    const node = document.getElementById(focused);
    if (!node || document.activeElement !== document.body) return;
    focused = "";
    node.focus({ preventScroll: true });
  }

  /* The links between the pages lead back to what each page showed last. */
  const lastQuery = {};
  function rememberPages(shown, paths) {
    open = shown;
    if (shown) {
      lastQuery[shown.path] = shown.query;
      recall(shown);
    }
    return paths.map((path) => (lastQuery[path] ? `${path}?${lastQuery[path]}` : path));
  }

  /* ---- undo and redo: what each page showed, in order ---- */
  const past = {};
  function recall({ path, query }) {
    const line = (past[path] = past[path] || { queries: [], place: -1 });
    if (line.queries[line.place] === query) return enable();
    if (line.queries[line.place - 1] === query) line.place -= 1;
    else if (line.queries[line.place + 1] === query) line.place += 1;
    else {
      line.queries = line.queries.slice(0, line.place + 1).concat(query);
      line.place += 1;
    }
    enable();
  }

  const lineNow = () => past[window.location.pathname] || { queries: [], place: -1 };

  function enable() {
    const { queries, place } = lineNow();
    for (const [id, there] of [["undo", place > 0], ["redo", place < queries.length - 1]]) {
      const button = document.getElementById(id);
      if (button) button.disabled = !there;
    }
  }

  function go(by) {
    const { queries, place } = lineNow();
    const query = queries[place + by];
    if (query !== undefined) window.dash_clientside.set_props("url", { search: query ? "?" + query : "" });
  }

  const PRESSED = { undo: () => go(-1), redo: () => go(1) };
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("button");
    if (button && PRESSED[button.id]) PRESSED[button.id]();
  });
  document.addEventListener("optviz:drawn", () => {
    enable();
    refocus();
  });

  window.optviz.writeLink = write;
  window.dash_clientside.link = { write, arrived, rememberPages };
})();
