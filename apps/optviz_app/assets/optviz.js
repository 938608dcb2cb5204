/* What moves in the browser: sliders beside their fields, the theme of the figures, the scrubber
   over the paths, and the click that sets the start. */
window.dash_clientside = window.dash_clientside || {};
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;
  const context = () => window.dash_clientside.callback_context;
  const graph = (id) => document.querySelector(`#${id} .js-plotly-plot`);

  /* A slider on a log scale holds the exponent; its ends are then at most 0 or so. A hyperparameter
     whose slider begins below zero is on a log scale: none is negative. */
  function syncSlider(text, slide, low, high) {
    const from = context().triggered_id;
    if (!from) return [skip(), skip()];
    const log = low < 0;
    if (from.role === "slide") {
      const value = log ? Number((10 ** slide).toPrecision(2)) : Number(slide.toPrecision(4));
      return [String(value), skip()];
    }
    const value = Number(text);
    if (text === "" || !isFinite(value)) return [skip(), skip()];
    const at = log ? Math.log10(Math.max(value, 10 ** low)) : value;
    return [skip(), Math.min(Math.max(at, low), high)];
  }

  /* The color scheme on screen. Whoever changes it, the switch or the system, the figures follow. */
  const schemeNow = () =>
    document.documentElement.getAttribute("data-mantine-color-scheme") === "dark" ? "dark" : "light";
  new MutationObserver(() => {
    if (window.dash_clientside.set_props) {
      window.dash_clientside.set_props("scheme-now", { data: schemeNow() });
    }
  }).observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });

  /* One figure out of a part that stays, a part that changes and the template of the scheme. */
  function themed(still, moving, _scheme, templates) {
    if (!still) return skip();
    const data = (still.data || []).concat((moving && moving.data) || []);
    const layout = Object.assign({}, still.layout, moving && moving.layout);
    layout.template = templates[schemeNow()];
    return { data, layout };
  }

  function lossFigure(race, scheme, templates) {
    return race ? themed(race.losses, null, scheme, templates) : skip();
  }

  /* ---- the scrubber: dots on a canvas above the plot, so that no figure is drawn again ---- */
  const scrubbed = { step: null };

  function canvasOver(div) {
    let canvas = div.querySelector("canvas.scrub");
    if (!canvas) {
      canvas = document.createElement("canvas");
      canvas.className = "scrub";
      canvas.setAttribute("aria-hidden", "true");
      div.appendChild(canvas);
      div.on("plotly_afterplot", () => requestAnimationFrame(() => drawScrub(0)));
    }
    const ratio = window.devicePixelRatio || 1;
    const width = div.clientWidth, height = div.clientHeight;
    if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
      canvas.width = width * ratio;
      canvas.height = height * ratio;
      canvas.style.width = width + "px";
      canvas.style.height = height + "px";
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    return pen;
  }

  /* The runs of a drawn figure: traces whose meta names them. */
  function runsOf(div) {
    return (div._fullData || []).filter((trace) => trace.meta && trace.meta.run !== undefined);
  }

  function inFrame(axis, pixel) { return pixel >= 0 && pixel <= axis._length; }

  function dot(pen, x, y, color) {
    pen.beginPath();
    pen.arc(x, y, 6.5, 0, 2 * Math.PI);
    pen.fillStyle = color;
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = "#fff";
    pen.stroke();
    pen.lineWidth = 1;
    pen.strokeStyle = "#111";
    pen.beginPath();
    pen.arc(x, y, 8, 0, 2 * Math.PI);
    pen.stroke();
  }

  function drawPaths(div) {
    const pen = canvasOver(div), { xaxis, yaxis } = div._fullLayout;
    for (const trace of runsOf(div)) {
      const i = Math.min(scrubbed.step, trace.x.length - 1);
      const px = xaxis.l2p(xaxis.d2l(trace.x[i])), py = yaxis.l2p(yaxis.d2l(trace.y[i]));
      if (isFinite(px) && isFinite(py) && inFrame(xaxis, px) && inFrame(yaxis, py)) {
        dot(pen, px + xaxis._offset, py + yaxis._offset, trace.line.color);
      }
    }
  }

  function drawLosses(div) {
    const pen = canvasOver(div), { xaxis, yaxis } = div._fullLayout;
    const px = xaxis.l2p(scrubbed.step);
    if (!inFrame(xaxis, px)) return;
    pen.strokeStyle = getComputedStyle(div).color;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(px + xaxis._offset, yaxis._offset);
    pen.lineTo(px + xaxis._offset, yaxis._offset + yaxis._length);
    pen.stroke();
  }

  /* A figure may be drawn for the first time after its numbers came: then try again. */
  function drawScrub(tries) {
    if (scrubbed.step === null) return;
    const drawn = [["contour", drawPaths], ["losses", drawLosses]].map(([id, draw]) => {
      const div = graph(id);
      const ready = div && div._fullLayout && div._fullLayout.xaxis && typeof div.on === "function";
      if (ready) draw(div);
      return ready;
    });
    if (!drawn.every(Boolean) && tries > 0) setTimeout(() => drawScrub(tries - 1), 100);
  }

  /* Whether the scrubber rests on the end of the run, where it stays when the run grows. */
  function scrub(step, _table, race, cells) {
    scrubbed.step = step;
    requestAnimationFrame(() => drawScrub(100));
    const runs = (race && race.runs) || [];
    const texts = cells.map((cell) => {
      const run = runs[cell.run];
      if (!run) return "";
      const i = Math.min(step, run.loss.length - 1);
      return run.loss[i] === null ? "not finite" : Number(run.loss[i]).toPrecision(5);
    });
    return [`step ${step}`, texts];
  }

  function fitScrubber(race, value, max) {
    const steps = (race && race.steps) || 1;
    const keep = value !== null && value !== undefined && value < max && value <= steps;
    return [steps, keep ? value : steps];
  }

  /* ---- the link ---- */
  function writeLink(query, shown) {
    if (query === null || query === undefined) return [skip(), skip()];
    const path = window.location.pathname;
    const known = shown && shown.path === path && shown.query === query;
    const search = query ? "?" + query : "";
    return [known ? skip() : search, known ? skip() : { path, query }];
  }

  /* The links between the pages lead back to what each page showed last. */
  const lastQuery = {};
  function rememberPages(shown, paths) {
    if (shown) lastQuery[shown.path] = shown.query;
    return paths.map((path) => (lastQuery[path] ? `${path}?${lastQuery[path]}` : path));
  }

  /* ---- a click on the surface sets the start ---- */
  let pressed = null;
  const contourUnder = (event) => {
    const div = graph("contour");
    return div && div._fullLayout && div.contains(event.target) ? div : null;
  };
  document.addEventListener("mousedown", (event) => {
    pressed = contourUnder(event) && event.button === 0 ? [event.clientX, event.clientY] : null;
  }, true);
  document.addEventListener("mouseup", (event) => {
    const div = graph("contour");
    if (!pressed || !div || !div._fullLayout) return;
    const moved = Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]);
    pressed = null;
    if (moved > 4) return;
    const box = div.getBoundingClientRect(), { xaxis, yaxis } = div._fullLayout;
    const px = event.clientX - box.left - xaxis._offset, py = event.clientY - box.top - yaxis._offset;
    if (!inFrame(xaxis, px) || !inFrame(yaxis, py)) return;
    const rounded = (axis, pixel) => {
      const unit = Math.abs(axis.p2d(1) - axis.p2d(0));
      const digits = Math.max(0, Math.ceil(-Math.log10(unit)));
      return String(Number(axis.p2d(pixel).toFixed(Math.min(digits, 12))));
    };
    window.dash_clientside.set_props("start-x", { value: rounded(xaxis, px) });
    window.dash_clientside.set_props("start-y", { value: rounded(yaxis, py) });
  }, true);

  window.dash_clientside.optviz = { syncSlider, themed, lossFigure, scrub, fitScrubber, writeLink, rememberPages };
})();
