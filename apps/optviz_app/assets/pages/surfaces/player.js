/* The transport: which step is shown, and time that moves it. Nothing here asks the server.
   window.optviz.player.shown is the one place that says what the pictures show. */
window.dash_clientside = window.dash_clientside || {};
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const WHOLE = 8000; // milliseconds that a whole run takes at speed 1
  const LAG = 250; // milliseconds after which the slider is told again while it plays
  const REST = 300; // milliseconds without a move after which the scrubber rests
  const optviz = window.optviz;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const shown = { race: null, runs: [], steps: 1, at: 0, words: [], slider: null };
  const clock = { playing: false, speed: 1, loop: false, exact: 0, last: 0, moved: 0, sent: null };
  const skip = () => window.dash_clientside.no_update;
  const element = (id) => document.getElementById(id);

  /* ---- the numbers of the runs, decoded once a race ---- */
  function lazily(specs) {
    let found = null;
    return () => (found = found || specs.map(optviz.column));
  }

  function decoded(run) {
    const average = (run.state || {}).grad_avg;
    const [x, y, loss] = [run.x, run.y, run.loss].map(optviz.column);
    const grad = lazily([run.gx, run.gy]);
    return { ...run, x, y, loss, grad, average: average ? lazily(average) : null };
  }

  function take(race) {
    const known = shown.race && shown.race.key === race.key;
    shown.race = race;
    if (!known) shown.runs = (race.runs || []).map(decoded);
    shown.steps = race.steps;
  }

  /* The row of a run at a step and how far it is on the way to the next; null before a fork. */
  function rowAt(run, at) {
    const after = at - (run.first || 0), last = run.x.length - 1;
    if (after < 0 || last < 0) return null;
    const row = Math.min(Math.floor(after), last);
    return { row, part: row < last ? after - row : 0 };
  }

  /* ---- drawing: at most once a frame, and the latest step only ---- */
  let asked = false;
  function redraw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      paint();
    });
  }

  function paint() {
    const step = Math.floor(shown.at);
    optviz.overlay.draw();
    optviz.scrubber.place(step / shown.steps);
    optviz.microscope.follow();
    write(element("readout"), `step ${step}`);
    for (const cell of document.querySelectorAll("#results td[data-at-step]")) {
      write(cell, lossText(shown.runs[cell.dataset.atStep], step));
    }
  }

  /* Into the text node: no element comes or goes, so whoever watches the table is not woken. */
  function write(node, text) {
    if (!node || node.textContent === text) return;
    if (node.childNodes.length === 1) node.firstChild.nodeValue = text;
    else node.textContent = text;
  }

  function lossText(run, step) {
    const place = run && rowAt(run, step);
    if (!place) return "–";
    const loss = run.loss[place.row];
    return isFinite(loss) ? loss.toPrecision(5) : "not finite";
  }

  /* ---- the step ---- */
  let resting = 0;
  function go(at) {
    shown.at = Math.min(Math.max(at, 0), shown.steps);
    redraw();
    clearTimeout(resting);
    if (!clock.playing) resting = setTimeout(rest, REST);
  }

  /* The page is told the step only when the scrubber rests, so that no link is written before. */
  function rest() {
    if (!element("scrub")) return;
    const step = Math.floor(shown.at);
    window.dash_clientside.set_props("at", { data: step < shown.steps ? step : null });
    optviz.table.sort();
  }

  function moveSlider() {
    clock.sent = Math.floor(shown.at);
    window.dash_clientside.set_props("scrub", { value: clock.sent });
  }

  function jump(at) {
    stop();
    go(at);
    moveSlider();
  }

  /* ---- time ---- */
  function play() {
    clock.playing = true;
    clock.exact = shown.at < shown.steps ? shown.at : 0;
    clock.last = performance.now();
    clearTimeout(resting);
    label();
    requestAnimationFrame(tick);
  }

  function stop() {
    if (!clock.playing) return;
    clock.playing = false;
    if (!element("scrub")) return; // the page was left
    label();
    go(Math.floor(shown.at));
    moveSlider();
  }

  function tick(now) {
    if (!clock.playing) return;
    if (!element("scrub")) return stop();
    clock.exact += (Math.max(now - clock.last, 0) * clock.speed * shown.steps) / WHOLE;
    clock.last = now;
    if (clock.exact >= shown.steps && !clock.loop) {
      shown.at = shown.steps;
      return stop();
    }
    clock.exact %= shown.steps;
    shown.at = still.matches ? Math.floor(clock.exact) : clock.exact;
    paint();
    if (now - clock.moved > LAG) {
      clock.moved = now;
      moveSlider();
    }
    requestAnimationFrame(tick);
  }

  function label() {
    const button = element("play"), name = clock.playing ? "pause" : "play";
    button.setAttribute("aria-label", name);
    button.dataset.now = name;
    element("readout").setAttribute("aria-live", clock.playing ? "off" : "polite");
  }

  /* ---- what Dash calls ---- */

  /* The slider's end and place for the race that was drawn last. */
  function load(_drawn, value, max) {
    const race = optviz.race();
    if (!race) return [skip(), skip(), skip()];
    take(race);
    if (!clock.playing) go(placed(race, value, max));
    clock.sent = Math.floor(shown.at);
    optviz.linked.follow();
    optviz.drag.arrived();
    const moved = clock.sent !== value || race.steps !== max;
    return moved ? [race.steps, clock.sent, ` of ${race.steps}`] : [skip(), skip(), skip()];
  }

  /* A link may name the step; later whoever rests on the end stays there when it moves. */
  function placed(race, value, max) {
    const fresh = element("scrub") !== shown.slider;
    shown.slider = element("scrub");
    if (fresh && race.at !== null && race.at !== undefined) return race.at;
    const keep = value !== null && value !== undefined && value < max && value <= race.steps;
    return keep ? value : race.steps;
  }

  /* A move that was not sent from here is a person's: it ends the playing. */
  function scrub(value) {
    if (value === null || value === undefined || (clock.playing && value === clock.sent)) return;
    if (!optviz.scrubber.held() && Math.floor(shown.at) !== value) drag(value);
  }

  function drag(step) {
    if (clock.playing) {
      clock.playing = false;
      label();
    }
    go(step);
  }

  const PRESSED = {
    "play": () => (clock.playing ? stop() : play()),
    "to-start": () => jump(0),
    "step-back": () => jump(Math.ceil(shown.at) - 1),
    "step-on": () => jump(Math.floor(shown.at) + 1),
    "to-end": () => jump(shown.steps),
  };
  function press() {
    for (const { prop_id } of window.dash_clientside.callback_context.triggered) {
      PRESSED[prop_id.split(".")[0]]?.();
    }
  }

  function set(speed, loop) {
    clock.speed = Number(speed) || 1;
    clock.loop = Boolean(loop);
  }

  function view(words) {
    shown.words = words || [];
    redraw();
    optviz.drag.follow();
    return !shown.words.includes("arrows");
  }

  document.addEventListener("optviz:drawn", redraw); // a figure or the table is new

  optviz.player = { shown, rowAt, redraw, go: jump, drag };
  window.dash_clientside.player = { load, scrub, press, set, view };
})();
