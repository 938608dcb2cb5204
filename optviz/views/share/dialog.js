/* The dialog that shares what is shown: a QR code to be read from the back row, and its link. The app
   and the live page both show it. */

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/* Show {link, svg, sentence, command} in a dialog within `root`; what is "" is left out. */
export function showShare(root, { link, svg, sentence, command }) {
  const dialog = make("dialog", { class: "share-dialog", "aria-label": "Share with the class" });
  const close = make("button", { type: "button", class: "button" }, "Close");
  close.addEventListener("click", () => dialog.close());
  dialog.append(make("div", { class: "dialog-head" }, make("h2", { class: "section" }, "Share with the class"), close));
  if (svg) dialog.append(make("img", { class: "share-code", alt: `QR code of ${link}`, src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}` }));
  if (link) dialog.append(...makeLink(link));
  if (sentence) dialog.append(make("p", { class: "share-note" }, sentence));
  if (command) dialog.append(make("code", { class: "share-command" }, command));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  root.append(dialog);
  dialog.showModal();
}

function makeLink(link) {
  const field = make("input", { type: "text", readonly: "", class: "share-link", "aria-label": "link" });
  const said = make("span", { role: "status" }), copy = make("button", { type: "button", class: "button" }, "Copy link");
  field.value = link;
  copy.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(link);
      said.textContent = "Link copied";
    } catch {
      said.textContent = document.execCommand("copy") ? "Link copied" : "The browser does not let this page copy: the link is selected";
    }
  });
  return [field, make("p", { class: "share-acts" }, copy, said)];
}
