/* The row of a line that passes nearest to a place. Touches no page. */

/* Find it among the points of a line; returns how far the line is and the nearer row of the piece. */
export function findNearestRow(points, [px, py]) {
  let far = Infinity, row = 0, before = null;
  points.forEach((at, i) => {
    const here = before ? measureToPiece([px, py], before, at) : Math.hypot(px - at[0], py - at[1]);
    if (here < far) {
      far = here;
      row = before && Math.hypot(px - before[0], py - before[1]) < Math.hypot(px - at[0], py - at[1]) ? i - 1 : i;
    }
    before = at;
  });
  return { far, row };
}

/* How far a place is from the piece of a line between two points. */
export function measureToPiece([px, py], [ax, ay], [bx, by]) {
  const dx = bx - ax, dy = by - ay, square = dx * dx + dy * dy;
  const part = square > 0 ? Math.min(Math.max(((px - ax) * dx + (py - ay) * dy) / square, 0), 1) : 0;
  return Math.hypot(px - ax - part * dx, py - ay - part * dy);
}
