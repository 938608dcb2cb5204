/* What the reader has answered, kept in the browser for each lesson. Touches no page. */

/* `storage` is localStorage, or null where the browser keeps nothing; `key` names lesson and version.
   Answers are {choice, isRight} by the number of the part. */
export function openAnswers(storage, key, choices) {
  let answers = read(storage, key, choices);
  const write = () => {
    try {
      if (Object.keys(answers).length) storage?.setItem(key, JSON.stringify(answers));
      else storage?.removeItem(key);
    } catch { /* it is full, or forbidden: the answers last as long as the page */ }
  };
  return {
    get: (part) => answers[part] ?? null,
    set(part, answer) {
      answers = { ...answers, [part]: answer };
      write();
    },
    clear() {
      answers = {};
      write();
    },
    get score() {
      return Object.values(answers).filter(({ isRight }) => isRight).length;
    },
    get count() {
      return Object.keys(answers).length;
    },
  };
}

/* Those that fit the lesson: `choices` are the numbers of choices by part. */
function read(storage, key, choices) {
  try {
    const kept = JSON.parse(storage?.getItem(key) ?? "{}");
    const isFit = ([part, answer]) => Number.isInteger(answer?.choice) && typeof answer.isRight === "boolean" && answer.choice >= 0 && answer.choice < (choices[part] ?? 0);
    return Object.fromEntries(Object.entries(kept).filter(isFit).map(([part, { choice, isRight }]) => [part, { choice, isRight }]));
  } catch {
    return {}; // what another program wrote there
  }
}

/* The storage of the browser, null where it is forbidden. */
export function findStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
