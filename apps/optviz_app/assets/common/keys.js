/* The folding of cards, the explanations of terms, the keys, and figures on paper. */
window.dash_clientside = window.dash_clientside || {};
(function () {
  "use strict";
  const element = (id) => document.getElementById(id);
  const seen = (node) => Boolean(node) && node.getClientRects().length > 0;

  /* ---- cards: which ones a person has folded or opened, a list a page, so that cards that the
     server draws anew get the state that they had ---- */
  const chosen = {};

  function fold(_clicks, hidden) {
    const context = window.dash_clientside.callback_context;
    const owner = (context.inputs_list[0][0] || { id: {} }).id.owner;
    const own = (chosen[owner] = chosen[owner] || {});
    for (const press of context.triggered) {
      if (!press.value || !press.prop_id.endsWith(".n_clicks")) continue;
      const card = JSON.parse(press.prop_id.slice(0, -".n_clicks".length)).card;
      own[card] = !hidden[card];
    }
    const now = hidden.map((was, card) => (card in own ? own[card] : was));
    return [now, now.map((each) => (each ? "false" : "true"))];
  }

  /* ---- terms: one explanation is open at a time, beside the term that was pressed ---- */
  const told = { term: null, word: null };

  function close(back) {
    if (!told.term) return false;
    told.word.hidden = true;
    told.term.removeAttribute("aria-expanded");
    if (back) told.term.focus();
    told.term = told.word = null;
    return true;
  }

  function tell(term) {
    const same = told.term === term;
    close(false);
    const word = element(term.dataset.word);
    if (same || !word) return;
    told.term = term;
    told.word = word;
    word.hidden = false;
    term.setAttribute("aria-expanded", "true");
    place(word, term.getBoundingClientRect());
  }

  function place(word, box) {
    const { offsetWidth: width, offsetHeight: height } = word, edge = 8;
    const below = box.bottom + height + 2 * edge < window.innerHeight;
    word.style.left = `${Math.max(edge, Math.min(box.left, window.innerWidth - width - edge))}px`;
    word.style.top = `${below ? box.bottom + edge : Math.max(edge, box.top - height - edge)}px`;
  }

  /* While the page scrolls, the explanation stays with its term until that is out of sight. */
  function follow() {
    const box = told.term.getBoundingClientRect();
    if (box.bottom < 0 || box.top > window.innerHeight) close(false);
    else place(told.word, box);
  }

  document.addEventListener("click", (event) => {
    const near = (selector) => event.target.closest && event.target.closest(selector);
    const term = near(".term"), more = near("[data-doc]");
    if (more) window.dash_clientside.set_props("doc-asked", { data: { name: more.dataset.doc, time: Date.now() } });
    if (term) tell(term);
    else if (told.word && (!told.word.contains(event.target) || event.target.closest("button"))) close(false);
  });
  document.addEventListener("scroll", (event) => {
    if (told.word && !told.word.contains(event.target)) follow();
  }, true);

  /* What a button unfolds closes like a menu: by a press in it or elsewhere, and by Escape. */
  function foldBut(event) {
    for (const open of document.querySelectorAll("details.unfolds[open]")) {
      const inside = event && open.contains(event.target);
      if (inside && !event.target.closest(".unfolded :is(a, button)")) continue;
      open.open = false;
      if (!event) open.querySelector("summary").focus();
      if (!event) return true;
    }
    return false;
  }
  document.addEventListener("click", foldBut);

  /* What unfolds stays within the window. */
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches("details.unfolds[open]")) return;
    const list = event.target.querySelector(".unfolded");
    list.style.translate = "";
    const { left, right } = list.getBoundingClientRect(), edge = 8;
    list.style.translate = `${Math.max(edge - left, 0) || Math.min(window.innerWidth - edge - right, 0)}px`;
  }, true);

  /* The explanation lies at the end of the document, but the keyboard reaches it as if it followed
     its term. */
  function walk(event) {
    if (!told.word || event.key !== "Tab") return false;
    const more = told.word.querySelector("button");
    if (document.activeElement === told.term && more && !event.shiftKey) more.focus();
    else if (document.activeElement === more) close(true);
    else return close(false) && false;
    event.preventDefault();
    return true;
  }

  /* ---- keys ---- */
  let table = null;
  function pressOf(name) {
    const holder = element("keys");
    if (!table && holder) table = new Map(JSON.parse(holder.dataset.keys).map((row) => [row.key, row.press]));
    return table ? table.get(name) : undefined;
  }

  /* A key by the name that the table has: modifiers first, letters small. */
  function nameOf(event) {
    const key = event.key === " " ? "Space" : event.key;
    const letter = /^[a-z]$/i.test(key), ctrl = event.ctrlKey || event.metaKey;
    const shift = event.shiftKey && (letter || key.length > 1);
    return (ctrl ? "Ctrl+" : "") + (shift ? "Shift+" : "") + (letter ? key.toLowerCase() : key);
  }

  const TYPED = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]";
  const PRESSED = "button, a, input, summary, [role=button], [role=switch], [role=tab], tr[tabindex], th[tabindex]";
  const MOVED = "[role=slider], [role=tab], [role=separator], input[type=radio], [role=region][tabindex]";
  const OPEN = "[role=dialog][aria-modal=true], [role=menu], [role=listbox]";

  /* Whether the key belongs to what has the focus, or to a dialog or list that is open. */
  function taken(event, name) {
    const target = event.target;
    if (target.closest(TYPED) || [...document.querySelectorAll(OPEN)].some(seen)) return true;
    if (name === "Space") return Boolean(target.closest(PRESSED));
    return /Arrow|Home|End/.test(name) && Boolean(target.closest(MOVED));
  }

  function jump(steps) {
    const thumb = document.querySelector("#scrub [role=slider]");
    if (!seen(thumb)) return false;
    const at = Number(thumb.getAttribute("aria-valuenow")) + steps;
    const value = Math.min(Math.max(at, 0), Number(thumb.getAttribute("aria-valuemax")));
    window.dash_clientside.set_props("scrub", { value });
    return true;
  }

  /* A button is clicked; of a group of choices the next one is taken; a list is unfolded. */
  function push(node) {
    if (!seen(node) || node.disabled) return false;
    const choices = [...node.querySelectorAll("input[type=radio]")];
    const next = choices[(choices.findIndex((each) => each.checked) + 1) % choices.length];
    const summary = node.querySelector(":scope > summary");
    if (summary) summary.focus();
    (summary || next || node).click();
    return true;
  }

  function act(press, key) {
    if (press.startsWith("scrub")) return jump(Number(press.slice("scrub".length)));
    if (press === "run") return push(document.querySelectorAll("#results tbody tr[data-run]")[key - 1]);
    return push(element(press) || document.querySelector(`[data-press="${press}"]`));
  }

  document.addEventListener("keydown", (event) => {
    if (!(event.target instanceof Element) || walk(event)) return;
    if (event.key === "Escape" && (close(true) || foldBut(null))) return;
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const name = nameOf(event), press = pressOf(name);
    if (press && !taken(event, name) && act(press, event.key)) event.preventDefault();
  });

  /* ---- paper: a figure keeps the size at which it was drawn, made small enough for a page ---- */
  const PAPER = 680; // pixels that fit between the margins of A4 or letter

  window.addEventListener("beforeprint", () => {
    for (const figure of [...document.querySelectorAll("[role=figure]")].filter(seen)) {
      const { offsetWidth: width, offsetHeight: height } = figure;
      figure.style.setProperty("width", `${width}px`, "important");
      figure.style.setProperty("height", `${height}px`, "important");
      figure.style.setProperty("zoom", Math.min(1, PAPER / width));
    }
  });
  window.addEventListener("afterprint", () => {
    for (const figure of document.querySelectorAll("[role=figure]")) {
      for (const name of ["width", "height", "zoom"]) figure.style.removeProperty(name);
    }
  });

  window.dash_clientside.look = { fold, open: () => true };
})();
