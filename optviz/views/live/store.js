/* The one record of what the page shows, and those that it showed before. Touches no page. */

const REST_MS = 1000; // after which the same control begins a change of its own

/* Records are never altered, only replaced; `listen` is told of each new one. */
export function openStore(first, listen, clock = () => performance.now()) {
  const past = [first];
  let place = 0, last = { key: null, time: 0 };
  const move = (by) => {
    if (past[place + by] === undefined) return false;
    place += by;
    last = { key: null, time: 0 };
    listen(past[place]);
    return true;
  };
  return {
    get now() {
      return past[place];
    },
    get canUndo() {
      return place > 0;
    },
    get canRedo() {
      return place + 1 < past.length;
    },
    undo: () => move(-1),
    redo: () => move(1),
    /* Show a record. Changes of one control that follow each other at once, as under a hand that
       drags, are one to undo: they share a `key`. */
    show(record, key = null) {
      if (record === past[place]) return;
      const time = clock(), isSame = key !== null && key === last.key && time - last.time < REST_MS;
      past.length = isSame && place > 0 ? place : place + 1;
      past.push(record);
      place = past.length - 1;
      last = { key, time };
      listen(record);
    },
  };
}
