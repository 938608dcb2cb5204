/* The look of runs: a color, a dash and an end mark each, as views/drawing/colors.py. The tables of
   colors, dashes and symbols come from there as data. */

/* The style of each run of a picture: {color, dash, symbol, weight}. A run has a kind, a label and an
   origin. A run from another start looks as its optimizer's first, a pinned one is thin and dotted. */
export function chooseStyles(runs, looks) {
  const own = runs.filter((run) => !isExtraStart(run));
  own.sort((one, other) => isBranch(one) - isBranch(other));
  const branches = own.filter(isBranch).map((run) => ({ branch: isPinned(run) ? "pin" : "fork", kind: run.kind }));
  const kinds = own.slice(0, own.length - branches.length).map((run) => run.kind);
  const found = new Map(), first = new Map(), styles = styleKinds(kinds, looks, branches);
  own.forEach((run, i) => {
    const group = nameLegendGroup(run);
    found.set(run, styles[i]);
    if (!first.has(group)) first.set(group, styles[i]);
  });
  return runs.map((run) => {
    const look = found.get(run) ?? first.get(nameLegendGroup(run)) ?? styleKinds([run.kind], looks)[0];
    return isPinned(run) ? { ...look, dash: "dot", weight: 0.6 } : look;
  });
}

function styleKinds(kinds, looks, branches = []) {
  const { colors: known, spare, order, dashes, symbols } = looks, orders = { fork: [...spare, ...order], pin: [...order].reverse() };
  const colors = chooseColors(kinds, looks), places = {}, counts = new Map(), uses = new Map();
  [...colors.keys()].forEach((kind, place) => { places[kind] = place; });
  Object.keys(known).forEach((kind, place) => { places[kind] = place; });
  for (const color of colors.values()) uses.set(color, 0);
  const take = (color, symbol) => {
    const used = uses.get(color) ?? 0;
    uses.set(color, used + 1);
    return { color, dash: dashes[used % dashes.length], symbol, weight: 1 };
  };
  const own = kinds.map((kind) => {
    const earlier = counts.get(kind) ?? 0, color = colors.get(kind);
    counts.set(kind, earlier + 1);
    return take(earlier || uses.get(color) ? findFree(order, uses) : color, symbols[(places[kind] + earlier) % symbols.length]);
  });
  return own.concat(branches.map(({ branch, kind }, place) => {
    const earlier = branches.slice(0, place).filter((each) => each.branch === branch).length;
    const back = (2 * earlier + (branch === "pin")) % symbols.length;
    const isFree = branch === "fork" && Object.hasOwn(known, kind) && !uses.has(known[kind]);
    return take(isFree ? known[kind] : findFree(orders[branch], uses), symbols.at(-1 - back));
  }));
}

/* The first color of an order that is free, or the one with the fewest uses. */
function findFree(order, uses) {
  const count = (color) => uses.get(color) ?? 0;
  return order.find((each) => !uses.has(each)) ?? order.reduce((least, each) => (count(each) < count(least) ? each : least));
}

/* The color of each kind; one that the table lacks gets a spare color by its name. */
function chooseColors(kinds, { colors: known, spare }) {
  const colors = new Map();
  for (const kind of new Set(kinds)) {
    const first = Object.hasOwn(known, kind) ? 0 : checksum(kind), taken = [...colors.values()];
    const turned = spare.map((_, turn) => spare[(first + turn) % spare.length]);
    const free = turned.filter((color) => !taken.includes(color));
    colors.set(kind, Object.hasOwn(known, kind) ? known[kind] : (free.length ? free : turned)[0]);
  }
  return colors;
}

/* CRC-32 of a text. */
function checksum(text) {
  let crc = -1;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

export const isPinned = ({ origin }) => origin.pin !== null;
export const isBranch = (run) => isPinned(run) || run.origin.fork !== null;
export const isExtraStart = (run) => Boolean(run.origin.start) && !isBranch(run);

/* The legend group of a run: one for all starting points of an optimizer. */
export const nameLegendGroup = (run) => (isBranch(run) ? run.label : `rule ${run.origin.rule}`);
