/* The offline page of a comparison: draws its figures once, then moves dots on canvases above them,
   so that scrubbing redraws no figure and asks nobody for anything. */
(function () {
  "use strict";
  const page = JSON.parse(document.getElementById("page-data").textContent);
  const slider = document.getElementById("step"), readout = document.getElementById("readout");
  const button = document.getElementById("play");
  const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array };
  const WHOLE_RUN_MS = 10000;

  function column(spec) {
    const bytes = Uint8Array.from(atob(spec.bdata), (letter) => letter.charCodeAt(0));
    return new ARRAYS[spec.dtype](bytes.buffer);
  }
  const runs = page.runs.map((run) => ({ ...run, step: column(run.step), loss: column(run.loss) }));

  /* The row of a run at a step: the last recorded one that is not later. */
  function rowAt(run, step) {
    let low = 0, high = run.step.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (run.step[middle] <= step) low = middle; else high = middle - 1;
    }
    return low;
  }

  /* ---- the figures, in the scheme of the system unless the file names one ---- */
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const scheme = () => document.documentElement.dataset.scheme || (dark.matches ? "dark" : "light");
  const config = { displaylogo: false, responsive: true, showSendToCloud: false, modeBarButtonsToRemove: ["select2d", "lasso2d"] };

  function canvasOver(div) {
    let canvas = div.querySelector("canvas.dots");
    if (!canvas) {
      canvas = document.createElement("canvas");
      canvas.className = "dots";
      canvas.setAttribute("aria-hidden", "true");
      div.appendChild(canvas);
    }
    const ratio = window.devicePixelRatio || 1, width = div.clientWidth, height = div.clientHeight;
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

  function dot(pen, x, y, color) {
    pen.beginPath();
    pen.arc(x, y, 7, 0, 2 * Math.PI);
    pen.fillStyle = color;
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = "#fff";
    pen.stroke();
    pen.lineWidth = 1;
    pen.strokeStyle = "#111";
    pen.beginPath();
    pen.arc(x, y, 8.5, 0, 2 * Math.PI);
    pen.stroke();
  }

  function cursor(pen, axes, step) {
    const x = axes.xaxis._offset + axes.xaxis.l2p(step);
    pen.beginPath();
    pen.moveTo(x, axes.yaxis._offset);
    pen.lineTo(x, axes.yaxis._offset + axes.yaxis._length);
    pen.lineWidth = 1;
    pen.strokeStyle = getComputedStyle(document.body).color;
    pen.stroke();
  }

  function drawDots(div, step) {
    const { xaxis, yaxis } = div._fullLayout, pen = canvasOver(div);
    if (div.dataset.over === "steps") cursor(pen, { xaxis, yaxis }, step);
    for (const trace of div._fullData) {
      const run = trace.meta && trace.mode === "lines" && trace.visible === true && runs[trace.meta.run];
      if (!run || run.step[0] > step) continue;
      const row = rowAt(run, step);
      const x = xaxis.l2p(xaxis.d2l(trace.x[row])), y = yaxis.l2p(yaxis.d2l(trace.y[row]));
      if (x >= 0 && x <= xaxis._length && y >= 0 && y <= yaxis._length) {
        dot(pen, x + xaxis._offset, y + yaxis._offset, run.color);
      }
    }
  }

  const places = Array.from(document.querySelectorAll(".pictures > div"));
  const cells = Array.from(document.querySelectorAll("td[data-run]"));

  function number(value) {
    return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : "not finite";
  }

  let asked = false;
  function show() {
    asked = false;
    const step = Number(slider.value);
    readout.value = String(step);
    slider.setAttribute("aria-valuetext", `step ${step}`);
    for (const cell of cells) {
      const run = runs[Number(cell.dataset.run)];
      cell.textContent = run.step[0] > step ? "not yet" : number(run.loss[rowAt(run, step)]);
    }
    for (const div of places) if (div._fullLayout) drawDots(div, step);
  }
  function ask() {
    if (!asked) requestAnimationFrame(show);
    asked = true;
  }

  function draw() {
    for (const div of places) {
      const { data, layout } = page.figures[div.id];
      Plotly.react(div, data, { ...layout, template: page.templates[scheme()] }, config);
      if (!div.dataset.drawn) div.on("plotly_afterplot", ask);
      div.dataset.drawn = "yes";
    }
    ask();
  }

  /* ---- time ---- */
  let playing = null;
  function set(step) {
    slider.value = String(Math.max(0, Math.min(Number(slider.max), step)));
    ask();
  }
  function stop() {
    playing = null;
    button.textContent = "Play";
    button.setAttribute("aria-pressed", "false");
  }
  function play() {
    const last = Number(slider.max), from = Number(slider.value) >= last ? 0 : Number(slider.value);
    const began = performance.now(), me = (playing = {});
    button.textContent = "Pause";
    button.setAttribute("aria-pressed", "true");
    function tick(now) {
      if (playing !== me) return;
      const step = from + ((now - began) / WHOLE_RUN_MS) * last;
      set(Math.floor(step));
      if (step >= last) stop(); else requestAnimationFrame(tick);
    }
    requestAnimationFrame(tick);
  }
  const toggle = () => (playing ? stop() : play());

  const KEYS = {
    " ": toggle,
    ArrowLeft: () => set(Number(slider.value) - 1),
    ArrowRight: () => set(Number(slider.value) + 1),
    Home: () => set(0),
    End: () => set(Number(slider.max)),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === button) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    if (event.key !== " ") stop();
    act();
  });
  slider.addEventListener("input", () => { stop(); ask(); });
  button.addEventListener("click", toggle);
  dark.addEventListener("change", draw);
  window.addEventListener("resize", ask);
  draw();
})();
