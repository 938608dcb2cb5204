/* Equal scales, as equal.py: a unit of y is as long as one of x, so that what is perpendicular looks so.
   They are so by themselves where the window's width lies between so many heights of it. */
const NARROWEST = 0.5, WIDEST = 3;

export const findRatio = ([[left, right], [low, high]]) => (right - left) / (high - low);

/* Tell if a view asks for equal scales, or does not and the window allows them. */
export function hasEqualScales(window, words = []) {
  if (words.includes("equal") || words.includes("stretched")) return words.includes("equal");
  const ratio = findRatio(window);
  return NARROWEST <= ratio && ratio <= WIDEST;
}

/* The places of axes with scales in a ratio of width to height, in the middle of their rectangle. */
export function fitPlaces({ x, y, ...others }, ratio) {
  const width = Math.min(x.length, ratio * y.length), height = width / ratio;
  const center = ({ start, length }, size) => ({ start: start + (length - size) / 2, length: size });
  return { x: center(x, width), y: center(y, height), ...others };
}

/* A figure of plotly's with equal scales in a picture of some size; its color bar stands beside the map. */
export function equalize({ data, layout }, { width, height }) {
  const ratio = findRatio([layout.xaxis.range, layout.yaxis.range]), share = Math.min(1, (ratio * (height - 140)) / Math.max(width - 90, 1));
  const held = { constrain: "domain" }, [surface, ...others] = data;
  const bar = { ...surface.colorbar, x: Math.min(0.5 + share / 2 + 0.015, 1.02) };
  return {
    data: [{ ...surface, colorbar: bar }, ...others],
    layout: { ...layout, xaxis: { ...layout.xaxis, ...held }, yaxis: { ...layout.yaxis, ...held, scaleanchor: "x", scaleratio: 1 } },
  };
}
