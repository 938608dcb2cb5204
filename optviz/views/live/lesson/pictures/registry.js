/* Pictures of lessons that are no race, by the names of optviz/lessons/pictures. Each is
   mount(element, data, {modules, themes, scheme, font, onChange}) -> {play, setStep, setScheme, read, destroy}:
   it begins at step 0, at which nothing is given away, and `play` plays it once. `read` returns the
   numbers of the picture as it was given, by name, which judge a question. */
import { measureBench, mountBench } from "./bench.js";
import { measureCurvature, mountCurvature } from "./curvature.js";
import { measureDecay, mountDecay } from "./decay.js";
import { measureJacobian, mountJacobian } from "./jacobian.js";

export const PICTURES = { bench: mountBench, jacobian: mountJacobian, curvature: mountCurvature, decay: mountDecay };
/* The same numbers without a page. */
export const MEASURES = { bench: measureBench, jacobian: measureJacobian, curvature: measureCurvature, decay: measureDecay };
