/* The camera before a landscape, and how a point of the landscape comes to a pixel. Pure but for
   `watchTurning`. A camera is plain data: {turn, tilt, zoom}, angles in radians. */

/* From the lower left and from high up, as in views/surfaces.py. */
export const CAMERA = { turn: -2.129, tilt: 0.943, zoom: 1 };
export const BOX = [0.55, 0.55, 0.35]; // half of each side
export const DISTANCE = 2.41;
const CENTER = [0, 0, -0.12], FIELD = 1 / Math.tan(Math.PI / 8);
const LOWEST = 0.05, HIGHEST = Math.PI / 2 - 0.001, ZOOMS = [0.5, 5];
const TURN_A_PIXEL = 0.008, KEY_PIXELS = 12;

const limit = (value, low, high) => Math.min(Math.max(value, low), high);

/* The camera after a drag over some pixels: the landscape follows the hand. */
export const turnCamera = ({ turn, tilt, zoom }, dx, dy) => ({
  turn: turn - TURN_A_PIXEL * dx, tilt: limit(tilt + TURN_A_PIXEL * dy, LOWEST, HIGHEST), zoom,
});
export const zoomCamera = (camera, factor) => ({ ...camera, zoom: limit(camera.zoom * factor, ...ZOOMS) });

/* A function from a point of the box around 0 to [x, y, nearness] in a rectangle of pixels; nearness is
   1 / the distance along the view, larger in front. `eye` says where the camera stands. */
export function makeProjection({ turn, tilt, zoom }, { left, top, width, height }) {
  const [cosTurn, sinTurn, cosTilt, sinTilt] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  const size = (zoom * FIELD * Math.min(height, 0.86 * width)) / 2, [middle, center] = [left + width / 2, top + height / 2];
  const project = (x, y, z) => {
    const [dx, dy, dz] = [x - CENTER[0], y - CENTER[1], z - CENTER[2]];
    const along = cosTurn * dx + sinTurn * dy, right = cosTurn * dy - sinTurn * dx;
    const depth = DISTANCE - (cosTilt * along + sinTilt * dz), up = cosTilt * dz - sinTilt * along;
    return [middle + (size * right) / depth, center - (size * up) / depth, 1 / depth];
  };
  return { project, eye: [cosTilt * cosTurn, cosTilt * sinTurn, sinTilt] };
}

const KEYS = {
  ArrowLeft: (camera) => turnCamera(camera, -KEY_PIXELS, 0), ArrowRight: (camera) => turnCamera(camera, KEY_PIXELS, 0),
  ArrowUp: (camera) => turnCamera(camera, 0, -KEY_PIXELS), ArrowDown: (camera) => turnCamera(camera, 0, KEY_PIXELS),
  "+": (camera) => zoomCamera(camera, 1.15), "-": (camera) => zoomCamera(camera, 1 / 1.15), Home: () => CAMERA,
};

/* Turn a camera by drag and arrow keys, and zoom it by wheel, pinch, + and -. `read` gives the camera,
   `write(camera, isMoving)` takes the new one. Returns what ends the watch. */
export function watchTurning(element, read, write) {
  const hands = new Map(), ended = new AbortController(), { signal } = ended;
  const spread = () => { const [a, b] = [...hands.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]) || 1; };
  const listen = (name, act, options = {}) => element.addEventListener(name, act, { signal, ...options });
  element.style.touchAction = "none";
  listen("pointerdown", (event) => {
    if (event.button !== 0) return;
    hands.set(event.pointerId, [event.clientX, event.clientY]);
    element.setPointerCapture(event.pointerId);
  });
  listen("pointermove", (event) => {
    const from = hands.get(event.pointerId), to = [event.clientX, event.clientY];
    if (!from) return;
    const before = hands.size > 1 ? spread() : 1;
    hands.set(event.pointerId, to);
    write(hands.size > 1 ? zoomCamera(read(), spread() / before) : turnCamera(read(), to[0] - from[0], to[1] - from[1]), true);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    listen(name, (event) => { if (hands.delete(event.pointerId) && !hands.size) write(read(), false); });
  }
  listen("wheel", (event) => {
    event.preventDefault();
    write(zoomCamera(read(), Math.exp(-event.deltaY * (event.deltaMode ? 0.03 : 0.0015))), false);
  }, { passive: false });
  listen("keydown", (event) => {
    const act = !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    write(act(read()), false);
  });
  return () => ended.abort();
}
