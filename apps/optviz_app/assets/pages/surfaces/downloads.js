/* Taking a race away: its link and script to the clipboard, the picture shown as an image, and its
   files from the server. Each act ends in a sentence, which the page shows and screen readers say. */
window.dash_clientside = window.dash_clientside || {};
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;

  /* The query with the step shown in it; at the end of the runs there is none to name. */
  function queryAt(query, step, last) {
    const parts = (query || "").split("&").filter((part) => part && !part.startsWith("at="));
    return (step < last ? [...parts, `at=${step}`] : parts).join("&");
  }

  const address = (path, query) => (query ? `${path}?${query}` : path);

  /* ---- the clipboard ---- */
  /* Where the clipboard is not ours (plain http to another machine), a text field can still copy. */
  function copyByField(text) {
    const field = document.createElement("textarea");
    field.value = text;
    field.setAttribute("aria-hidden", "true");
    field.style.cssText = "position:fixed;top:0;left:0;opacity:0";
    document.body.appendChild(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }

  /* The last resort: the text in a window of its own, selected, to be copied by hand. */
  function showText(text) {
    const dialog = document.createElement("dialog"), field = document.createElement("textarea");
    const close = document.createElement("button");
    dialog.className = "take-text";
    dialog.setAttribute("aria-label", "copy this text");
    field.value = text;
    field.readOnly = true;
    field.rows = Math.min(20, text.split("\n").length + 1);
    close.textContent = "Close";
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    dialog.append(field, close);
    document.body.appendChild(dialog);
    dialog.showModal();
    field.select();
  }

  async function copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      return `${what} copied`;
    } catch {
      if (copyByField(text)) return `${what} copied`;
      showText(text);
      return "The browser does not let this page copy: the text is shown instead";
    }
  }

  /* ---- files ---- */
  function save(href, name) {
    const link = document.createElement("a");
    link.href = href;
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
  }

  async function asked(path, query) {
    const answer = await fetch(address(path, query));
    if (!answer.ok) throw new Error((await answer.text()).trim());
    return answer;
  }

  async function file(path, query) {
    const answer = await asked(path, query);
    const told = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "");
    const name = told ? told[1] : path.split("/").pop();
    const url = URL.createObjectURL(await answer.blob());
    save(url, name);
    setTimeout(() => URL.revokeObjectURL(url), 60000); // the browser reads it after this returns
    return `${name} is in your downloads`;
  }

  /* ---- the picture shown ---- */
  function shown() {
    const graphs = ["landscape", "contour"].map((id) => document.querySelector(`#${id} .js-plotly-plot`));
    return graphs.find((graph) => graph && graph._fullLayout && graph.offsetParent !== null);
  }

  async function picture(format, query) {
    const graph = shown();
    if (!graph) throw new Error("There is no picture yet");
    const { width, height } = graph._fullLayout;
    const href = await window.Plotly.toImage(graph, { format, width, height, scale: 2 });
    const problem = new URLSearchParams(query).get("problem") || "rosenbrock";
    const name = `optviz-${/^\w+$/.test(problem) ? problem : "formula"}.${format}`;
    save(href, name);
    return `${name} is in your downloads`;
  }

  const ACTS = {
    share: (query) => copy(address(window.location.origin + window.location.pathname, query), "Link"),
    "take-script": async (query) => copy(await (await asked("/take/script", query)).text(), "Python script"),
    "take-png": (query) => picture("png", query),
    "take-svg": (query) => picture("svg", query),
    "take-csv": (query) => file("/take/runs.csv", query),
    "take-json": (query) => file("/take/runs.json", query),
    "take-xlsx": (query) => file("/take/runs.xlsx", query),
    "take-page": (query) => file("/take/page.html", query),
  };

  /* A sentence goes after a while, so that the same one is heard when it is said again. */
  const SAID_MS = 8000;
  let timer = 0;
  function said(sentence) {
    clearTimeout(timer);
    timer = setTimeout(() => window.dash_clientside.set_props("take-said", { children: "" }), SAID_MS);
    return sentence;
  }

  async function act(...values) {
    const [query, step, steps] = values.slice(-3);
    const { triggered_id: wanted, triggered } = window.dash_clientside.callback_context;
    if (!ACTS[wanted] || !triggered.some((each) => each.value)) return skip();
    try {
      return said(await ACTS[wanted](queryAt(query, step, steps)));
    } catch (error) {
      const unreachable = error instanceof TypeError;
      return said(unreachable ? "The server does not answer: is it still running?" : error.message);
    }
  }

  window.dash_clientside.take = { act };
})();
