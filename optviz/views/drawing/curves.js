/* All builders of curves: runs of javascript/race.js in, plotly's {data, layout} without a theme out,
   the very one that the Python builders of optviz/views return. */
export { buildDistanceParts, buildLossParts } from "./loss_curves.js";
export { buildRateParts, buildStateParts } from "./parameter_curves.js";
export { buildScheduleParts } from "./schedule_curves.js";
