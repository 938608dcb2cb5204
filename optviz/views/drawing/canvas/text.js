/* Texts on a canvas: plotly's little markup (<br>, <span style="color:...">), sizes and widths. */

const LINE = 1.3; // distance of two lines, in sizes of their font
const widths = new Map();

/* The lines of a text, each a list of {text, color}. */
export const parseText = (text = "") => text.split(/<br\s*\/?>/).map((line) => {
  const parts = [];
  for (const [, color, inside, plain] of line.matchAll(/<span style="color:\s*([^";]+);?">(.*?)<\/span>|([^<]+|<)/g)) {
    parts.push({ text: unescape(inside ?? plain), color });
  }
  return parts;
});

const NAMED = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const unescape = (text) => text.replace(/&(lt|gt|amp);/g, (name) => NAMED[name]);

export const nameFont = (size, theme) => `${size}px ${theme.font}`;

/* A function that measures a text of a size. Without a pen, as in a test, it is a guess. */
export function makeMeasure(pen, theme) {
  if (!pen) return (text, size) => 0.6 * size * text.length;
  return (text, size) => {
    const key = `${size} ${theme.font} ${text}`;
    if (!widths.has(key)) {
      if (widths.size > 3000) widths.clear();
      pen.font = nameFont(size, theme);
      widths.set(key, pen.measureText(text).width);
    }
    return widths.get(key);
  };
}

/* Forget the measured widths, as when a font of the page has come. */
export const forgetWidths = () => widths.clear();

export const measureLine = (parts, size, measure) => parts.reduce((sum, { text }) => sum + measure(text, size), 0);

/* The width and height of lines. The height is that of their font's box, as of a text in SVG. */
export const measureBlock = (lines, size, measure) => ({
  width: Math.max(0, ...lines.map((line) => measureLine(line, size, measure))),
  height: Math.round(1.164 * size) + (lines.length - 1) * LINE * size,
});

/* Draw lines with the first baseline at y; `align` is -1 (x is the left end), 0 or 1. With `hasHalo`
   they are read on lines too. */
export function drawLines(pen, lines, [x, y], { size, theme, color = theme.text, align = -1, hasHalo = false }) {
  const measure = makeMeasure(pen, theme);
  pen.font = nameFont(size, theme);
  pen.textBaseline = "alphabetic";
  pen.textAlign = "left";
  if (hasHalo) [pen.strokeStyle, pen.lineWidth, pen.lineJoin] = [theme.page, 3, "round"];
  lines.forEach((parts, row) => {
    let left = x - ((align + 1) / 2) * measureLine(parts, size, measure);
    for (const part of parts) {
      pen.font = nameFont(size, theme);
      pen.fillStyle = part.color || color;
      if (hasHalo) pen.strokeText(part.text, left, y + row * LINE * size);
      pen.fillText(part.text, left, y + row * LINE * size);
      left += measure(part.text, size);
    }
  });
}

export const drawText = (pen, text, at, look) => drawLines(pen, [[{ text }]], at, look);

/* Draw a text along a vertical line, from below up, with its middle at y. */
export function drawUpward(pen, text, [x, y], look) {
  pen.save();
  pen.translate(x, y);
  pen.rotate(-Math.PI / 2);
  drawText(pen, text, [0, 0], { ...look, align: 0 });
  pen.restore();
}

/* Shorten a text with dots to a width. */
export function fitText(text, width, size, measure) {
  if (measure(text, size) <= width) return text;
  let end = text.length;
  while (end > 1 && measure(`${text.slice(0, end)}…`, size) > width) end--;
  return `${text.slice(0, end).trimEnd()}…`;
}
