/* The table of one step: its numbers change while its formulas stay. */

const watched = new WeakSet();

/* Formulas that are told in words beside them are for the eye: the keyboard passes them by. Only an
   element's own are watched: to watch the whole page would cost every redraw of a picture a sixth of
   its time. */
export function skipFormulas(root) {
  if (!root || watched.has(root)) return;
  const skip = () => {
    for (const math of root.querySelectorAll("[aria-hidden=true] mjx-container")) math.removeAttribute("tabindex");
  };
  watched.add(root);
  new MutationObserver(skip).observe(root, { childList: true, subtree: true });
  skip();
}

/* Write numbers into the table of their formulas, which React makes at its own time; then `done`.
   Later numbers end the waiting of earlier ones. */
let latest = null;
export function fillTable(root, numbers, done) {
  latest = numbers;
  const attempt = () => {
    const table = root.querySelector(".microscope"), { key } = numbers;
    if (key && !(table && table.dataset.key === key)) {
      if (latest === numbers && root.isConnected) requestAnimationFrame(attempt);
      return;
    }
    if (key) writeNumbers(table, numbers);
    done();
  };
  attempt();
}

function writeNumbers(table, { cells, sums }) {
  const rows = table.querySelectorAll(".terms tbody tr");
  cells.forEach((row, i) => row.forEach((cell, k) => writeCell(rows[i].querySelectorAll(".number")[k], cell)));
  table.querySelectorAll(".sum").forEach((sum, i) => {
    sum.setAttribute("aria-label", sums[i].words);
    sum.querySelectorAll(".summand").forEach((summand, k) => writeBar(summand, sums[i].bars[k]));
  });
}

function writeCell(cell, [worked, value, exact]) {
  const shown = cell.querySelector(".value");
  cell.querySelector(".worked").textContent = worked;
  shown.textContent = value;
  shown.dataset.value = exact;
}

function writeBar(summand, [kind, value, left, width, zero]) {
  const bar = summand.querySelector(".bar-of");
  bar.className = `bar-of ${kind}`;
  Object.assign(bar.style, { left, width });
  summand.querySelector(".zero").style.left = zero;
  summand.querySelector(".value").textContent = value;
}
