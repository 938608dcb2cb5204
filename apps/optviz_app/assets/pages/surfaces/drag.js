/* What a hand can move in the pictures: the start on the surface, the target on the loss plot. */
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const optviz = window.optviz;
  const GRIP = 14; // pixels around the start marker that hold it
  const PATIENCE = 1500; // milliseconds after which an unanswered change is given up
  const shown = () => optviz.player.shown;
  const set = (id, values) => window.dash_clientside.set_props(id, values);

  /* The number under a pixel, with no more digits than a pixel tells. */
  function rounded(axis, pixel) {
    const unit = Math.abs(axis.p2d(1) - axis.p2d(0));
    const digits = Math.max(0, Math.ceil(-Math.log10(unit)));
    return Number(axis.p2d(pixel).toFixed(Math.min(digits, 12)));
  }

  /* ---- the start ---- */
  const start = { held: null, ghost: null, sent: null, asked: -PATIENCE, waiting: null, patience: 0, click: 0, pressed: null, lastUp: 0 };

  /* The surface under an event, with the pointer's place in it. */
  function surfaceAt(event) {
    const div = optviz.graph("contour");
    if (!div || !div._fullLayout || !div._fullLayout.xaxis) return null;
    if (!(event.target instanceof Element) || !div.contains(event.target) || !event.target.closest(".nsewdrag")) return null;
    return placeIn(div, event);
  }

  function placeIn(div, event) {
    const box = div.getBoundingClientRect(), { xaxis, yaxis } = div._fullLayout;
    return { div, xaxis, yaxis, x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /* Where the main start is drawn, in pixels of the graph. */
  function markerIn({ xaxis, yaxis }) {
    const run = shown().runs.find((each) => !each.pinned && !each.fork);
    return run ? [optviz.overlay.pixel(xaxis, run.x[0]), optviz.overlay.pixel(yaxis, run.y[0])] : null;
  }

  function onMarker(at) {
    const marker = at && markerIn(at);
    return Boolean(marker) && Math.hypot(at.x - marker[0], at.y - marker[1]) <= GRIP;
  }

  function valuesAt({ xaxis, yaxis, x, y }) {
    const clamp = (axis, at) => Math.min(Math.max(at - axis._offset, 0), axis._length);
    return [rounded(xaxis, clamp(xaxis, x)), rounded(yaxis, clamp(yaxis, y))];
  }

  const setStart = (values) => set("drag-start", { data: values });

  /* At most one change is on its way: the next leaves when the race of the last one is here. */
  function send(values) {
    clearTimeout(start.patience);
    start.waiting = values;
    const wait = start.asked + PATIENCE - performance.now();
    if (wait > 0) start.patience = setTimeout(() => send(values), wait);
    else leave();
  }

  function leave() {
    if (String(start.waiting) !== String(start.sent)) {
      start.asked = performance.now();
      start.sent = start.waiting;
      setStart(start.sent);
    }
    start.waiting = null;
  }

  function answered() {
    start.asked = -PATIENCE;
    clearTimeout(start.patience);
    if (start.waiting) leave();
  }

  /* The marker under the hand, drawn at once: the paths follow when they are here. */
  function drawStart(pen) {
    if (!start.ghost) return;
    const { xaxis, yaxis } = optviz.graph("contour")._fullLayout;
    pen.beginPath();
    pen.arc(optviz.overlay.pixel(xaxis, start.ghost[0]), optviz.overlay.pixel(yaxis, start.ghost[1]), 7, 0, 2 * Math.PI);
    pen.fillStyle = "#fff";
    pen.strokeStyle = "#212529";
    pen.lineWidth = 2;
    pen.fill();
    pen.stroke();
  }

  function ghost(values) {
    start.ghost = values;
    optviz.player.redraw();
  }

  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };

  /* A press on the marker is ours; plotly must not begin to zoom. Any other press is plotly's. */
  function press(event) {
    const at = surfaceAt(event);
    if (!at || (event.button !== undefined && event.button !== 0)) return;
    if (event.type === "pointerdown") start.pressed = { x: at.x, y: at.y, marker: onMarker(at) };
    if (!start.pressed || !start.pressed.marker) return;
    swallow(event);
    if (event.type === "pointerdown") {
      start.held = { moved: false };
      start.sent = null;
      at.div.classList.add("dragging-start");
    }
  }

  function move(event) {
    if (!start.held) {
      const at = event.buttons ? null : surfaceAt(event), div = optviz.graph("contour");
      if (div) div.classList.toggle("over-start", onMarker(at));
      return;
    }
    const at = placeIn(optviz.graph("contour"), event);
    start.held.moved = start.held.moved || Math.hypot(at.x - start.pressed.x, at.y - start.pressed.y) > 3;
    if (!start.held.moved) return;
    ghost(valuesAt(at));
    send(start.ghost);
  }

  function release(event) {
    const { held, pressed } = start, div = optviz.graph("contour");
    start.held = start.pressed = null;
    if (!pressed || !div) return;
    div.classList.remove("dragging-start");
    const at = placeIn(div, event);
    if (held) {
      if (held.moved && event.type === "pointerup") send(valuesAt(at));
      ghost(null);
    } else if (event.type === "pointerup" && Math.hypot(at.x - pressed.x, at.y - pressed.y) <= 4) {
      clicked(at);
    }
  }

  /* A click waits for a second one: a double-click is plotly's and leaves the start alone. */
  function clicked(at) {
    const wait = (at.div._context && at.div._context.doubleClickDelay) || 300;
    clearTimeout(start.click);
    if (performance.now() - start.lastUp < wait) {
      start.lastUp = 0;
      ghost(null);
      return;
    }
    start.lastUp = performance.now();
    const values = valuesAt(at);
    ghost(values);
    start.click = setTimeout(() => {
      setStart(values);
      ghost(null);
    }, wait);
  }

  function doubleClicked(event) {
    if (!onMarker(surfaceAt(event)) || !shown().race.home) return;
    swallow(event);
    setStart(shown().race.home);
  }

  for (const type of ["pointerdown", "mousedown", "touchstart"]) {
    document.addEventListener(type, press, { capture: true, passive: false });
  }
  document.addEventListener("pointermove", move, true);
  document.addEventListener("pointerup", release, true);
  document.addEventListener("pointercancel", release, true);
  document.addEventListener("dblclick", doubleClicked, true);

  /* ---- the target ---- */
  const target = { held: false, value: null, asked: null };

  function handleOn(div) {
    let handle = div.querySelector(".target");
    if (handle) return handle;
    handle = document.createElement("div");
    handle.className = "target";
    handle.tabIndex = 0;
    handle.title = "drag to set the target";
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-orientation", "vertical");
    handle.setAttribute("aria-label", "target loss");
    handle.addEventListener("pointerdown", grab);
    handle.addEventListener("pointermove", pull);
    handle.addEventListener("pointerup", drop);
    handle.addEventListener("pointercancel", drop);
    handle.addEventListener("keydown", nudge);
    div.appendChild(handle);
    return handle;
  }

  /* The handle lies on its line, or at the frame's edge where the line is out of sight. */
  function placeTarget() {
    const div = optviz.graph("losses"), race = shown().race;
    if (!div || !div._fullLayout || !div._fullLayout.yaxis || !race) return;
    const handle = handleOn(div), { xaxis, yaxis } = div._fullLayout;
    const value = target.held ? target.value : race.target;
    handle.hidden = !isFinite(value) || value === null;
    if (handle.hidden) return;
    const at = yaxis.l2p(yaxis.d2l(value));
    const y = Math.min(Math.max(isFinite(at) ? at : yaxis._length, 0), yaxis._length);
    handle.style.left = `${xaxis._offset}px`;
    handle.style.width = `${xaxis._length}px`;
    handle.style.top = `${yaxis._offset + y}px`;
    say(handle, value, yaxis);
  }

  function say(handle, value, yaxis) {
    const ends = [yaxis.p2d(yaxis._length), yaxis.p2d(0)];
    const text = Number(value.toPrecision(3));
    handle.dataset.value = `target ${text}`;
    handle.setAttribute("aria-valuetext", `loss ${text}`);
    handle.setAttribute("aria-valuenow", text);
    handle.setAttribute("aria-valuemin", Math.min(ends[0], text));
    handle.setAttribute("aria-valuemax", Math.max(ends[1], text));
  }

  function pulled(event) {
    const div = optviz.graph("losses"), { yaxis } = div._fullLayout;
    return lossAt(yaxis, event.clientY - div.getBoundingClientRect().top - yaxis._offset);
  }

  function lossAt(yaxis, pixel) {
    const value = yaxis.p2d(Math.min(Math.max(pixel, 0), yaxis._length));
    return Number(value.toPrecision(3));
  }

  function grab(event) {
    if (event.button !== 0) return;
    swallow(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus({ preventScroll: true });
    target.held = true;
    target.value = shown().race.target;
  }

  function pull(event) {
    if (!target.held) return;
    target.value = pulled(event);
    placeTarget();
  }

  function drop(event) {
    if (!target.held) return;
    target.held = false;
    if (event.type === "pointerup" && target.value !== shown().race.target) set("target", { data: target.value });
    else placeTarget();
  }

  const KEYS = { ArrowUp: -4, ArrowDown: 4, PageUp: -40, PageDown: 40 };
  function nudge(event) {
    if (!(event.key in KEYS)) return;
    swallow(event);
    const { yaxis } = optviz.graph("losses")._fullLayout;
    const now = yaxis.l2p(yaxis.d2l(target.asked ?? shown().race.target));
    target.asked = lossAt(yaxis, now + KEYS[event.key]);
    set("target", { data: target.asked });
  }

  /* A race has come that was asked for. */
  function arrived() {
    target.asked = null;
    answered();
    placeTarget();
  }

  optviz.drag = { follow: placeTarget, arrived, drawStart };
})();
