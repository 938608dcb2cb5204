/* The tour: a small card beside what it explains. It takes no click but on its own buttons, and it
   begins by itself only once, on a first visit to the plain address. */
(function () {
  "use strict";
  const SEEN = "optviz-tour";
  const element = (id) => document.getElementById(id);
  const tour = { stops: [], now: -1 };
  const open = () => tour.now >= 0;

  const shown = (node) => Boolean(node) && node.getClientRects().length > 0;
  const targetOf = (stop) => [...document.querySelectorAll(stop.dataset.at)].find(shown);

  /* A browser may refuse storage: then the tour does not begin by itself. */
  function firstVisit() {
    try {
      const first = localStorage.getItem(SEEN) === null;
      localStorage.setItem(SEEN, "seen");
      return first;
    } catch {
      return false;
    }
  }

  function begin() {
    tour.stops = [...element("tour-stops").children].filter(targetOf);
    if (tour.stops.length) show(0);
  }

  function show(place) {
    tour.now = place;
    for (const stop of element("tour-stops").children) stop.hidden = stop !== tour.stops[place];
    element("tour-place").textContent = `${place + 1} of ${tour.stops.length}`;
    element("tour-next").textContent = place === tour.stops.length - 1 ? "Done" : "Next";
    element("tour").hidden = element("tour-ring").hidden = false;
    const target = targetOf(tour.stops[place]);
    if (target) target.scrollIntoView({ block: "nearest" });
    arrange();
  }

  function end() {
    const had = element("tour").contains(document.activeElement);
    tour.now = -1;
    element("tour").hidden = element("tour-ring").hidden = true;
    if (had) element("page").focus({ preventScroll: true });
  }

  const next = () => (tour.now < tour.stops.length - 1 ? show(tour.now + 1) : end());

  /* Below what it explains, else above it, else in its lower corner; always within the window. */
  function arrange() {
    if (!open()) return;
    const target = targetOf(tour.stops[tour.now]);
    if (!target) return end();
    const box = target.getBoundingClientRect(), card = element("tour"), edge = 12;
    const within = (value, size, most) => Math.max(edge, Math.min(value, most - size - edge));
    const { offsetWidth: width, offsetHeight: height } = card;
    const below = box.bottom + edge, above = box.top - height - edge;
    const inside = box.bottom - height - edge;
    const fits = below + height + edge < window.innerHeight;
    const top = fits ? below : above > edge + 56 ? above : inside;
    card.style.top = `${within(top, height, window.innerHeight)}px`;
    card.style.left = `${within(box.left + edge, width, window.innerWidth)}px`;
    const ring = element("tour-ring").style;
    [ring.left, ring.top] = [`${box.left - 4}px`, `${box.top - 4}px`];
    [ring.width, ring.height] = [`${box.width + 8}px`, `${box.height + 8}px`];
  }

  let asked = false;
  function later() {
    if (!open() || asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      arrange();
    });
  }

  const dialog = () => document.querySelector("[role=dialog][aria-modal=true]");

  /* From the help: once its dialog has gone and has given the focus back. */
  function again() {
    window.dash_clientside.set_props("help-dialog", { opened: false });
    const gone = () => {
      if (dialog()) return setTimeout(gone, 50);
      begin();
      if (open()) element("tour-next").focus({ preventScroll: true });
    };
    setTimeout(gone, 50);
  }

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest && event.target.closest("#tour-next, #tour-end, #tour-again");
    if (pressed) ({ "tour-next": next, "tour-end": end, "tour-again": again })[pressed.id]();
  });
  document.addEventListener("keydown", (event) => {
    if (!open() || dialog()) return;
    if (event.key === "Escape") end();
    if (event.key === "Enter" && event.target === document.body) next();
  });
  window.addEventListener("scroll", later, true);
  window.addEventListener("resize", later);

  /* The first visit: as soon as the page stands. */
  if (location.pathname === "/" && !location.search && firstVisit()) {
    const watch = new MutationObserver(() => {
      if (!element("tour-stops") || !targetOf(element("tour-stops").firstElementChild)) return;
      watch.disconnect();
      begin();
    });
    watch.observe(document, { childList: true, subtree: true });
  }
})();
