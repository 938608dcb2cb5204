/* The figures of a page: drawn by plotly in the reader's color scheme, and again when it changes. */
"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("page-data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const config = { displaylogo: false, responsive: true, showSendToCloud: false };

  /* A title on as many lines as it needs: plotly does not break lines. */
  function wrap(text, width) {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (longer.length * 9 > width && lines.at(-1)) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines;
  }

  function fit(layout, width) {
    const lines = wrap(layout.title?.text ?? "", width - 24);
    const top = layout.margin?.t ?? 48;
    return {
      ...layout,
      title: { ...layout.title, text: lines.join("<br>") },
      margin: { ...layout.margin, t: top + 20 * (lines.length - 1) },
      height: Math.min(layout.height ?? 560, Math.max(420, innerHeight - 120)),
      template: window.templates[dark.matches ? "dark" : "light"],
      autosize: true,
    };
  }

  /* The edges of paths are in the color of the page. */
  const dress = (trace, color) => trace.meta?.part === "casing"
    ? { ...trace, line: { ...trace.line, color }, ...(trace.marker && { marker: { ...trace.marker, color, line: { ...trace.marker.line, color } } }) } : trace;

  function draw() {
    for (const [id, { data: drawn, layout }] of Object.entries(figures)) {
      const place = document.getElementById(id), page = window.templates[dark.matches ? "dark" : "light"].layout.plot_bgcolor;
      const data = drawn.map((trace) => dress(trace, page));
      Plotly.react(place, data, fit(layout, place.clientWidth), config);
    }
  }

  for (const id of Object.keys(figures)) document.getElementById(id).replaceChildren();
  draw();
  dark.addEventListener("change", draw);
})();
