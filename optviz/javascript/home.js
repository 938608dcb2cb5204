/* The start of a typed formula, which depends on its parameters, as problems/surfaces.py finds it. */

const COUNT = 41; // points on each side of the window that are tried after those of the problem

/* The problem's own start at the values of its parameters: of a typed formula the first point where
   loss and gradient are finite, if possible with a slope; null where there is none. */
export function findHome({ isTyped, home, starts, window, parameters }, surface) {
  if (!isTyped) return home;
  let flat = null;
  for (const [x, y] of listPoints(starts, window)) {
    const [loss, fx, fy] = surface.grad(x, y, parameters) ?? [NaN];
    const slope = Math.max(Math.abs(fx), Math.abs(fy));
    if (!Number.isFinite(loss) || !Number.isFinite(slope)) continue;
    if (slope > 0) return [x, y];
    flat ??= [x, y];
  }
  return flat;
}

/* The start of the runs: an experiment that starts at its problem's own goes with it. */
export function findStart({ problem, start }, surface) {
  const isHome = start[0] === problem.home[0] && start[1] === problem.home[1];
  return isHome ? findHome(problem, surface) : start;
}

function* listPoints(starts, [across, up]) {
  yield* starts;
  const place = ([low, high], i) => (i === COUNT - 1 ? high : low + i * ((high - low) / (COUNT - 1)));
  for (let row = 0; row < COUNT; row++) {
    for (let column = 0; column < COUNT; column++) yield [place(across, column), place(up, row)];
  }
}
