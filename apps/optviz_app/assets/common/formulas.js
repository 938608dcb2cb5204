/* Formulas that fit: one that is a little too wide for its place is set smaller, as a cut of a few
   pixels would be taken for its end; a much wider one scrolls. */
const PLACE = ".latex[tabindex]", LEAST_PX = 11, TRIES = 3; // letters keep whole pixels: one try may not do

function fit(place) {
  place.style.fontSize = "";
  let size = parseFloat(getComputedStyle(place).fontSize);
  for (let tries = 0; tries < TRIES && place.scrollWidth > place.clientWidth; tries++) {
    size *= place.clientWidth / place.scrollWidth;
    place.style.fontSize = `${Math.floor(10 * size) / 10}px`;
  }
  if (size < LEAST_PX || place.scrollWidth > place.clientWidth) place.style.fontSize = "";
}

new MutationObserver((changes) => {
  const set = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter(({ nodeName }) => nodeName === "MJX-CONTAINER");
  for (const place of new Set(set.map((node) => node.closest(PLACE)))) if (place) fit(place);
}).observe(document.body, { childList: true, subtree: true });

window.addEventListener("resize", () => document.querySelectorAll(PLACE).forEach(fit));
