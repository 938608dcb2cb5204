/* What moves with the step: dots, cursor lines and arrows on a canvas above each graph, so that
   no figure is drawn again. */
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const optviz = window.optviz;
  const GRAPHS = { contour: drawContour, landscape: drawLandscape, losses: drawCurves, curves: drawCurves };
  const REACH = 46; // pixels: the length of an arrow that only shows a direction
  const ARROWS = {
    gradient: { dash: [], width: 2 },
    average: { dash: [5, 3], width: 2 },
    step: { dash: [], width: 3.5 },
  };

  function draw() {
    for (const [id, paint] of Object.entries(GRAPHS)) {
      const div = optviz.graph(id);
      if (div && div._fullLayout && typeof div.on === "function" && div.offsetParent) {
        paint(div, canvasOver(div));
      }
    }
  }

  /* A figure drawn for the first time, zoomed, resized or in other colors calls for new overlays. */
  function attach(div) {
    const canvas = document.createElement("canvas");
    canvas.className = "scrub";
    canvas.setAttribute("aria-hidden", "true");
    div.appendChild(canvas);
    const again = () => {
      optviz.player.redraw();
      optviz.linked.apply();
      optviz.drag.follow();
    };
    div.on("plotly_afterplot", again);
    div.on("plotly_relayouting", again);
    again();
    return canvas;
  }

  function canvasOver(div) {
    const canvas = div.querySelector("canvas.scrub") || attach(div);
    const ratio = window.devicePixelRatio || 1, { width, height } = div._fullLayout;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = width + "px";
      canvas.style.height = height + "px";
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    return pen;
  }

  /* ---- places ---- */
  const pixel = (axis, value) => axis._offset + axis.l2p(axis.d2l(value));
  const inside = (axis, at) => at >= axis._offset - 1 && at <= axis._offset + axis._length + 1;
  const between = (from, to, part) => (part > 0 && isFinite(to) ? from + part * (to - from) : from);

  /* The traces of runs in a drawn figure, with the run and its axes. */
  function tracesOf(div) {
    const layout = div._fullLayout, axis = (name) => layout[name[0] + "axis" + name.slice(1)];
    return (div._fullData || [])
      .filter((trace) => trace.meta && trace.meta.run !== undefined && trace.visible === true)
      .map((trace) => ({ trace, run: trace.meta.run, xaxis: axis(trace.xaxis || "x"), yaxis: axis(trace.yaxis || "y") }));
  }

  /* Where a trace stands at a step. One with a row fewer than the run has no first step (what a rule
     remembers) or no last one (what is used for a step). */
  function rowOf(trace, run, at) {
    const place = optviz.player.rowAt(run, at), missing = run.x.length - trace.x.length;
    if (!place || missing < 0 || missing > 1) return null;
    const row = place.row - lateBy(trace, run);
    return row < 0 || row >= trace.x.length ? null : { row, part: place.part };
  }

  const lateBy = (trace, run) => (trace.x.length < run.x.length && trace.x[0] > run.first ? 1 : 0);

  function pointAt({ trace, xaxis, yaxis }, place) {
    const { row, part } = place;
    const at = (axis, column) => between(pixel(axis, column[row]), pixel(axis, column[row + 1]), part);
    return [at(xaxis, trace.x), at(yaxis, trace.y)];
  }

  /* A run whose step is hovered shows that step, the others the scrubbed one. */
  function stepOf(index) {
    const over = optviz.linked.hovered();
    return over && over.run === index && over.step !== null ? over.step : optviz.player.shown.at;
  }

  /* ---- marks ---- */
  function dot(pen, x, y, color, alpha, radius = 6.5) {
    pen.globalAlpha = alpha;
    const halo = alpha === 1 ? [[radius + 2.5, "#111"], [radius + 1.5, "#fff"]] : [];
    for (const [size, fill] of [...halo, [radius - 0.5, color]]) {
      pen.beginPath();
      pen.arc(x, y, size, 0, 2 * Math.PI);
      pen.fillStyle = fill;
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  function line(pen, x, top, bottom, dash = []) {
    pen.setLineDash(dash);
    pen.beginPath();
    pen.moveTo(Math.round(x) + 0.5, top);
    pen.lineTo(Math.round(x) + 0.5, bottom);
    pen.stroke();
    pen.setLineDash([]);
  }

  /* Arrows of one color: first the white edge of all, so that none cuts through another. */
  function drawAll(pen, arrows, color) {
    const long = arrows.filter(({ from, to }) => Math.hypot(to[0] - from[0], to[1] - from[1]) > 0.5);
    for (const [ink, edge] of [["#fff", 2.5], [color, 0]]) {
      pen.strokeStyle = pen.fillStyle = ink;
      for (const each of long) arrow(pen, each, edge);
    }
    pen.setLineDash([]);
  }

  function arrow(pen, { from, to, look }, edge) {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]], length = Math.hypot(dx, dy);
    const head = Math.min(4 + 2 * look.width, length), [ux, uy] = [dx / length, dy / length];
    const neck = [to[0] - ux * head, to[1] - uy * head];
    pen.lineWidth = look.width + edge;
    pen.setLineDash(edge ? [] : look.dash);
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...neck);
    pen.stroke();
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(...to);
    pen.lineTo(neck[0] - uy * head * 0.45, neck[1] + ux * head * 0.45);
    pen.lineTo(neck[0] + uy * head * 0.45, neck[1] - ux * head * 0.45);
    pen.closePath();
    pen.lineWidth = edge;
    if (edge) pen.stroke();
    pen.fill();
  }

  /* ---- the surface from above ---- */
  function drawContour(div, pen) {
    const { xaxis, yaxis } = div._fullLayout, shown = optviz.player.shown;
    if (!xaxis || !yaxis) return;
    pen.save();
    pen.beginPath();
    pen.rect(xaxis._offset, yaxis._offset, xaxis._length, yaxis._length);
    pen.clip();
    const arrows = shown.words.includes("arrows");
    shown.runs.forEach((run, index) => {
      const place = optviz.player.rowAt(run, stepOf(index)), alpha = optviz.linked.alpha(index);
      const at = place && pointAt({ trace: run, xaxis, yaxis }, place);
      if (!at || !at.every(isFinite)) return;
      if (arrows && alpha === 1) drawArrows(pen, run, place.row, { xaxis, yaxis });
      if (inside(xaxis, at[0]) && inside(yaxis, at[1])) dot(pen, ...at, run.color, alpha);
    });
    optviz.drag.drawStart(pen);
    pen.restore();
  }

  /* The step is drawn as long as it is; gradient and average are often far too short or long for
     the picture, so they only point. */
  function drawArrows(pen, run, row, { xaxis, yaxis }) {
    if (row + 1 >= run.x.length) return;
    const at = (i) => [pixel(xaxis, run.x[i]), pixel(yaxis, run.y[i])];
    const from = at(row), to = at(row + 1).map((each) => Math.min(Math.max(each, -1e5), 1e5));
    const pointing = ([gx, gy]) => {
      const x = -gx[row] * scale(xaxis), y = -gy[row] * scale(yaxis), length = Math.hypot(x, y);
      return length > 0 && isFinite(length) ? [from[0] + (REACH * x) / length, from[1] + (REACH * y) / length] : from;
    };
    const arrows = [{ from, to: pointing(run.grad()), look: ARROWS.gradient }];
    if (run.average) arrows.push({ from, to: pointing(run.average()), look: ARROWS.average });
    if (to.every(isFinite)) arrows.push({ from, to, look: ARROWS.step });
    drawAll(pen, arrows, run.color);
  }

  const scale = (axis) => axis.l2p(1) - axis.l2p(0); // pixels a unit, below 0 where it points up

  /* ---- curves over the steps ---- */
  function drawCurves(div, pen) {
    const shown = optviz.player.shown, lines = new Map();
    const traces = tracesOf(div).filter(({ run }) => shown.runs[run]);
    for (const each of traces) {
      const place = rowOf(each.trace, shown.runs[each.run], stepOf(each.run));
      each.at = place && pointAt(each, place);
      if (each.at && stands(shown.runs[each.run])) addLine(lines, each);
    }
    pen.strokeStyle = getComputedStyle(div).color;
    pen.lineWidth = 1;
    for (const { x, yaxis } of lines.values()) line(pen, x, yaxis._offset, yaxis._offset + yaxis._length);
    for (const { run, at, xaxis, yaxis } of traces) {
      if (at && at.every(isFinite) && inside(xaxis, at[0]) && inside(yaxis, at[1])) {
        dot(pen, ...at, shown.runs[run].color, optviz.linked.alpha(run), 4.5);
      }
    }
  }

  const stands = (run) => optviz.player.shown.at <= run.first + run.x.length - 1; // has not ended

  /* One line for all runs that stand at the same step of the same frame. */
  function addLine(lines, { at, xaxis, yaxis }) {
    if (isFinite(at[0]) && inside(xaxis, at[0])) {
      lines.set(`${Math.round(at[0])} ${xaxis._id} ${yaxis._id}`, { x: at[0], yaxis });
    }
  }

  /* ---- the landscape: its dots are projected, as moving a mark in it takes longer than a frame ---- */
  function drawLandscape(div, pen) {
    const scene = div._fullLayout.scene && div._fullLayout.scene._scene, shown = optviz.player.shown;
    if (!scene || !scene.glplot || !scene.glplot.cameraParams) return;
    for (const { trace, run } of tracesOf(div).filter((each) => shown.runs[each.run])) {
      const place = trace.x.length > 1 && rowOf(trace, shown.runs[run], stepOf(run));
      const at = place && projected(scene, trace, place.row);
      if (at && at.every(isFinite)) dot(pen, ...at, shown.runs[run].color, optviz.linked.alpha(run), 5.5);
    }
  }

  function projected(scene, trace, row) {
    const { model, view, projection } = scene.glplot.cameraParams;
    const layout = scene.fullSceneLayout, size = scene.fullLayout._size, domain = layout.domain;
    let point = ["x", "y", "z"].map((name, i) => layout[name + "axis"].d2l(trace[name][row]) * scene.dataScale[i]);
    point = [...point, 1];
    for (const matrix of [model, view, projection]) point = times(matrix, point);
    const [left, right] = domain.x, [bottom, top] = domain.y;
    const across = left + ((right - left) * (point[0] / point[3] + 1)) / 2;
    const up = bottom + ((top - bottom) * (point[1] / point[3] + 1)) / 2;
    return [size.l + size.w * across, size.t + size.h * (1 - up)];
  }

  const times = (m, v) => [0, 1, 2, 3].map((i) => m[i] * v[0] + m[4 + i] * v[1] + m[8 + i] * v[2] + m[12 + i] * v[3]);

  optviz.overlay = { draw, tracesOf, lateBy, pixel, inside };
})();
