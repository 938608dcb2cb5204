/* The camera before a landscape, and how a point of the landscape comes to a pixel. Pure but for
   `watchTurning`. A camera is plain data: {turn, tilt, zoom}, angles in radians;
   one of plotly's has the `center` of its view and its `distance` from that, too. */

/* From the lower left and from high up, as in views/drawing/standpoint.py. */
export const CAMERA = { turn: -1.97, tilt: 0.88, zoom: 1 };
const FOCAL = 1 / Math.tan(Math.PI / 8);
const LABELS = { beside: 54, above: 10, below: 50 }; // pixels around the box, which ticks and titles need
const DEPTH = 1.1, HEIGHT = 0.72, WIDEST = 1.7; // sides of the box
const LOWEST = 0.05, HIGHEST = Math.PI / 2 - 0.001, ZOOMS = [0.5, 5];
const TURN_A_PIXEL = 0.008, KEY_PIXELS = 12;

const limit = (value, low, high) => Math.min(Math.max(value, low), high);

/* The camera after a drag over some pixels: the landscape follows the hand. */
export const turnCamera = (camera, dx, dy) => ({
  ...camera, turn: camera.turn - TURN_A_PIXEL * dx, tilt: limit(camera.tilt + TURN_A_PIXEL * dy, LOWEST, HIGHEST),
});
export const zoomCamera = (camera, factor) => ({ ...camera, zoom: limit(camera.zoom * factor, ...ZOOMS) });

/* Half of each side of the box: a wide picture gets a wide one; with a `ratio` the sides of x and y
   are as those of the window. */
export function shapeBox({ width, height }, ratio = null) {
  const wide = ratio ?? limit(width / height / 1.3, 1, WIDEST), longest = Math.max(wide, 1) / limit(wide, 1, WIDEST);
  return [(DEPTH * wide) / longest / 2, DEPTH / longest / 2, HEIGHT / 2];
}

/* How far a camera has to stand from a box, and the height of its center, for the box and its labels
   to fit the picture: {distance, center}. */
export function standBack({ turn, tilt }, box, { width, height }) {
  const { beside, above, below } = LABELS, side = Math.max(width - 2 * beside, width / 2) / height / FOCAL;
  const [up, down] = [above, below].map((room) => (height - 2 * room) / height / FOCAL), corners = listCorners(box);
  const [cosTurn, sinTurn, cosTilt, sinTilt] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  let best = { distance: Infinity, center: [0, 0, 0] };
  for (let at = -30; at <= 30; at += 2) {
    const middle = at / 100;
    let distance = 0;
    for (const [x, y, z] of corners) {
      const along = cosTurn * x + sinTurn * y, right = cosTurn * y - sinTurn * x;
      const near = cosTilt * along + sinTilt * (z - middle), top = cosTilt * (z - middle) - sinTilt * along;
      distance = Math.max(distance, near + Math.abs(right) / side, near + Math.max(top / up, -top / down));
    }
    if (distance < best.distance) best = { distance, center: [0, 0, middle] };
  }
  return best;
}

const listCorners = ([x, y, z]) => [-x, x].flatMap((left) => [-y, y].flatMap((front) => [-z, z].map((low) => [left, front, low])));

/* A camera that has no place yet stands as near as at first, and farther where the turned box would
   be cropped. */
function findPlace(camera, box, frame) {
  if (camera.distance) return camera;
  const home = standBack(CAMERA, box, frame), now = standBack(camera, box, frame);
  return now.distance > home.distance ? now : home;
}

/* A function from a point of the box around 0 to [x, y, nearness] in a rectangle of pixels; nearness is
   1 / the distance along the view, larger in front. `eye` says where the camera stands. */
export function makeProjection(camera, box, frame) {
  const { left, top, width, height } = frame, { turn, tilt, zoom } = camera, { center, distance } = findPlace(camera, box, frame);
  const [cosTurn, sinTurn, cosTilt, sinTilt] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  const size = (zoom * FOCAL * height) / 2, [across, down] = [left + width / 2, top + height / 2];
  const project = (x, y, z) => {
    const [dx, dy, dz] = [x - center[0], y - center[1], z - center[2]];
    const along = cosTurn * dx + sinTurn * dy, right = cosTurn * dy - sinTurn * dx;
    const depth = distance - (cosTilt * along + sinTilt * dz), up = cosTilt * dz - sinTilt * along;
    return [across + (size * right) / depth, down - (size * up) / depth, 1 / depth];
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
