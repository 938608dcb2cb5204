/* The runs made here against those of the server. Touches no page. */

const ROUNDING = 1e-12; // relative, of what two machines may differ in
const EARLY = 10; // steps
const SUDDEN = 1e4; // a difference grows at most so much in a step, also on a chaotic path

/* Say where two lists of runs differ beyond rounding; "" where they do not. A path that is chaotic
   makes much of a last digit, but step by step: what differs at once, differs in the rule. */
export function findFault(mine, theirs) {
  if (mine.length !== theirs.length) return `${mine.length} runs and not ${theirs.length}`;
  for (const [place, run] of mine.entries()) {
    const other = theirs[place];
    if (run.label !== other.label) return `"${run.label}" is called "${other.label}"`;
    const columns = ["x", "y", "losses"].map((name) => [run[name], other[name]]);
    if (columns.some(([a, b]) => a.length !== b.length)) return `${run.label} ends at another step`;
    const row = findSuddenRow(columns);
    if (row !== null) return `${run.label} at step ${run.step[row]}`;
  }
  return "";
}

function findSuddenRow(columns) {
  let worst = 1e-16;
  const sizes = columns.map(([a]) => Math.max(...a.slice(0, EARLY).map((each) => (Number.isFinite(each) ? Math.abs(each) : 0))));
  for (let row = 0; row < columns[0][0].length; row++) {
    const now = Math.max(...columns.map(([a, b], i) => measureGap(a[row], b[row], sizes[i])));
    if (now > ROUNDING && now > SUDDEN * worst) return row;
    worst = Math.max(worst, now);
  }
  return null;
}

/* How far two numbers differ, relative to their size, or to a part of what the column had early. What is
   not finite, or too large to be drawn, says nothing. */
function measureGap(a, b, early) {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return 0;
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), early * 1e-3, 1e-300);
}
