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
