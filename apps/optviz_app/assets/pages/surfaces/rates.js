/* The picture of losses against the learning rate. The browser measures them where it can; where a rule
   cannot be written in JavaScript, or a derivative is not known here, the server does. */
import { findMinima } from "../../javascript/race.js";
import { makeRatePicture } from "../../views/drawing/rate_picture.js";
import { byId } from "../../common/dom.js";
import { readScheme } from "../../common/figures.js";
import { moveRate, restRate } from "./hand.js";
import { inks } from "./layers.js";
import { readAlpha } from "./linked.js";
import { readLive } from "./live.js";
import { onPaint, redraw, shown } from "./race.js";

const state = { place: null, picture: null, key: [], asked: null, given: null };

/* The picture in its place on the page; a page that is laid out anew has another place. */
function findPicture() {
  const place = byId("rates");
  if (place === state.place) return state.picture;
  state.picture?.destroy();
  Object.assign(state, { place, picture: null, key: [] });
  if (!place) return null;
  state.picture = makeRatePicture({ take: moveRate, rest: restRate, onDone: askWhereUnknown });
  place.firstElementChild.replaceChildren(state.picture.node);
  return state.picture;
}

/* Only what the picture depends on paints it anew: the step does not. */
onPaint(() => {
  const picture = findPicture(), theme = inks[readScheme()], { experiment, modules, isWhole, query } = readLive();
  if (!picture || !theme || !shown.race || (experiment && !isWhole)) return;
  const given = state.given?.query === query ? state.given.curves : null;
  if (!experiment && !given) return ask(query);
  const key = [shown.runs, shown.words.join(), theme, given, state.picture, shown.runs.map((_, run) => readAlpha(run)).join()];
  if (key.every((each, i) => each === state.key[i])) return;
  state.key = key;
  picture.show({
    experiment, modules, theme, given, race: { runs: listRuns(), minima: experiment ? findMinima(experiment.problem) : [] },
    best: shown.words.includes("best"), log: shown.words.includes("linear") ? false : null, readAlpha: readBrightness,
  });
});

/* The runs as those of javascript/race.js; of each optimizer the one from the main start comes first. */
function listRuns() {
  const counts = {};
  return shown.runs.map((run) => {
    const start = run.fork || run.pinned ? 0 : (counts[run.rule] = (counts[run.rule] ?? -1) + 1);
    const { label, color, dash, symbol, weight, ended, loss: losses } = run;
    return {
      label, color, dash, symbol, weight, ended, losses, isFinished: ended === "finished",
      origin: { rule: run.rule, start, fork: run.fork ? 0 : null, pin: run.pinned ? 0 : null },
    };
  });
}

const readBrightness = (place) => {
  const run = shown.runs.findIndex((each) => each.rule === place && !each.fork && !each.pinned);
  return run < 0 ? 1 : readAlpha(run);
};

/* ---- the server measures ---- */
function askWhereUnknown() {
  const { query, isMoving } = readLive();
  if (!isMoving && state.picture.read().some(({ isKnown }) => !isKnown)) ask(query);
}

async function ask(query) {
  if (state.asked === query) return;
  state.asked = query;
  try {
    const answer = await fetch(`/rates.json?${query}`);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const curves = (await answer.json()).map(readCurve);
    curves.key = query;
    if (state.asked === query) state.given = { query, curves };
    redraw();
  } catch {
    state.asked = null; // the server is busy or gone: the next change asks again
  }
}

const readLoss = (loss) => (loss === "inf" ? Infinity : loss ?? NaN);

function readCurve({ rates, final, best, ...curve }) {
  const points = rates.map((rate, i) => ({ rate, final: readLoss(final[i]), best: readLoss(best[i]) }));
  return { ...curve, points, isKnown: true, isStale: false };
}
