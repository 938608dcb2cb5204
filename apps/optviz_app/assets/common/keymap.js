/* Keys by name. Touches no page. */

/* Name a key as the table of keys does: modifiers first, letters small. */
export function nameKey(event) {
  const key = event.key === " " ? "Space" : event.key;
  const letter = /^[a-z]$/i.test(key), ctrl = event.ctrlKey || event.metaKey;
  const shift = event.shiftKey && (letter || key.length > 1);
  return (ctrl ? "Ctrl+" : "") + (shift ? "Shift+" : "") + (letter ? key.toLowerCase() : key);
}

/* The keys by what they press, from the rows {key, press} that the page carries. */
export const readKeymap = (text) => new Map(JSON.parse(text).map(({ key, press }) => [key, press]));

/* By how many of its steps a key moves a slider; 0 where it is not one that does. */
const MOVES = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };
export const readMove = (event) => (event.ctrlKey || event.metaKey || event.altKey ? 0 : MOVES[event.key] ?? 0);
