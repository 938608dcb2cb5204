/* The arrows at a step of a run on the surface from above: gradient, average gradient, step. */

const REACH = 46; // pixels: the length of an arrow that only shows a direction
const FAR = 1e5; // pixels beyond which no arrow ends
const GRADIENT = { dash: [], width: 2 }, AVERAGE = { dash: [5, 3], width: 2 }, STEP = { dash: [], width: 3.5 };

/* The step is drawn as long as it is; gradient and average are often far too short or long for
   the picture, so they only point. A run has the columns x, y, grad and average, these by coordinate. */
export function drawArrows(pen, run, row, { xaxis, yaxis }) {
  if (row + 1 >= run.x.length) return;
  const [from, end] = [row, row + 1].map((i) => [xaxis.toPixel(run.x[i]), yaxis.toPixel(run.y[i])]);
  const to = end.map((each) => Math.min(Math.max(each, -FAR), FAR));
  const point = ([gx, gy]) => {
    const x = -gx[row] * xaxis.scale, y = -gy[row] * yaxis.scale, length = Math.hypot(x, y);
    return length > 0 && isFinite(length) ? [from[0] + (REACH * x) / length, from[1] + (REACH * y) / length] : from;
  };
  const arrows = [{ to: point(run.grad), look: GRADIENT }];
  if (run.average) arrows.push({ to: point(run.average), look: AVERAGE });
  if (to.every(isFinite)) arrows.push({ to, look: STEP });
  const long = arrows.filter((each) => Math.hypot(each.to[0] - from[0], each.to[1] - from[1]) > 0.5);
  for (const [ink, edge] of [["#fff", 2.5], [run.color, 0]]) { // first all edges, so that none cuts through another
    pen.strokeStyle = pen.fillStyle = ink;
    for (const each of long) drawArrow(pen, from, each, edge);
  }
  pen.setLineDash([]);
}

function drawArrow(pen, from, { to, look }, edge) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]], length = Math.hypot(dx, dy);
  const head = Math.min(4 + 2 * look.width, length), [ux, uy] = [dx / length, dy / length];
  const neck = [to[0] - ux * head, to[1] - uy * head];
  pen.lineWidth = look.width + edge;
  pen.setLineDash(edge ? [] : look.dash);
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...neck);
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  pen.moveTo(...to);
  pen.lineTo(neck[0] - uy * head * 0.45, neck[1] + ux * head * 0.45);
  pen.lineTo(neck[0] + uy * head * 0.45, neck[1] - ux * head * 0.45);
  pen.closePath();
  pen.lineWidth = edge;
  if (edge) pen.stroke();
  pen.fill();
}
