/* Who asks: browsers take turns in the queue, so each keeps an id, if it may keep any. */
const makeId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
let own = null;

export function identifyBrowser() {
  try {
    own = own || localStorage.getItem("optviz-browser") || makeId();
    localStorage.setItem("optviz-browser", own);
  } catch {
    own = own || makeId();
  }
  return own;
}
