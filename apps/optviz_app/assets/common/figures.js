/* What every page's figures share: numbers out of typed arrays, the color scheme, and one figure out
   of a part that stays, a part that changes and the scheme's template. */
window.dash_clientside = window.dash_clientside || {};
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const graph = (id) => document.querySelector(`#${id} .js-plotly-plot`);

  /* ---- numbers ---- */
  const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, i2: Int16Array, u1: Uint8Array, i1: Int8Array, u2: Uint16Array, u4: Uint32Array };

  /* The array of a typed-array spec; anything else is an array already. */
  function column(spec) {
    if (!spec || spec.bdata === undefined) return spec || [];
    const bytes = Uint8Array.from(atob(spec.bdata), (letter) => letter.charCodeAt(0));
    return new ARRAYS[spec.dtype](bytes.buffer);
  }

  /* ---- the color scheme ---- */
  const schemeNow = () =>
    document.documentElement.getAttribute("data-mantine-color-scheme") === "dark" ? "dark" : "light";
  new MutationObserver(() => {
    if (window.dash_clientside.set_props) {
      window.dash_clientside.set_props("scheme-now", { data: schemeNow() });
    }
  }).observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });

  /* One figure out of a part that stays, a part that changes and the template of the scheme. */
  function themed(still, moving, templates) {
    const data = (still.data || []).concat((moving && moving.data) || []);
    const layout = Object.assign({}, still.layout, moving && moving.layout);
    layout.template = templates[schemeNow()];
    return { data, layout };
  }

  Object.assign(window.optviz, { column, graph, schemeNow, themed });
})();
