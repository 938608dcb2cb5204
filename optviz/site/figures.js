/* The figures of a page: drawn by plotly in the reader's color scheme, and again when it changes. */
"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("page-data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const config = { displaylogo: false, responsive: true, showSendToCloud: false };

  function draw() {
    const template = window.templates[dark.matches ? "dark" : "light"];
    for (const [id, { data, layout }] of Object.entries(figures)) {
      const height = Math.min(layout.height || 560, Math.max(420, innerHeight - 120));
      Plotly.react(id, data, { ...layout, template, height, autosize: true }, config);
    }
  }

  for (const id of Object.keys(figures)) document.getElementById(id).replaceChildren();
  draw();
  dark.addEventListener("change", draw);
})();
