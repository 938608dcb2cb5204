/* The runs made here against those of the server. Touches no page. */

const ROUNDING = 1e-12; // relative, of what two machines may differ in
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
  for (let row = 0; row < columns[0][0].length; row++) {
    const now = Math.max(...columns.map(([a, b]) => measureGap(a[row], b[row], a[0])));
    if (now > ROUNDING && now > SUDDEN * worst) return row;
    worst = Math.max(worst, now);
  }
  return null;
}

/* How far two numbers differ, relative to their size, or to that of the column at first. What is not
   finite, or too large to be drawn, says nothing. */
function measureGap(a, b, first) {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return 0;
  const size = Math.max(Math.abs(a), Math.abs(b), Math.abs(first) * 1e-3, 1e-300);
  return Math.abs(a - b) / size;
}
