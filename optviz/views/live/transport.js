/* The transport bar: play, steps, the slider over the steps, speed and loop. */
import { make, makeIconButton, makeSelect, makeSwitch, setText } from "./elements.js";

const SPEEDS = { 0.25: "0.25×", 0.5: "0.5×", 1: "1×", 2: "2×", 4: "4×", 8: "8×" };
const ARROWS = { step: "step (true length)", gradient: "negative gradient (direction only)", average: "average gradient (direction only)" };

export function makeTransport(player) {
  const clock = { speed: 1, loop: false };
  const button = (icon, label, act) => makeIconButton(`transport-icon ${icon}`, label, act);
  const play = button("play", "play", () => player.toggle());
  play.classList.add("play-button");
  const buttons = make("div", { class: "transport-buttons", role: "group", "aria-label": "playback" },
    button("to-start", "to the first step", () => player.jump(0)),
    button("step-back", "one step back", () => player.jump(player.at - 1)),
    play,
    button("step-on", "one step forward", () => player.jump(player.at + 1)),
    button("to-end", "to the last step", () => player.jump(Infinity)));
  const slider = make("input", { type: "range", class: "scrub grow", min: 0, max: 1, step: 1, value: 0, "aria-label": "step shown" });
  slider.addEventListener("input", () => player.jump(Number(slider.value)));
  const now = make("span", { class: "readout", "aria-live": "polite" }, "step 0"), of = make("span", { class: "readout-of" }, " of 0");
  const speed = makeSelect("speed", SPEEDS, (value) => player.set((clock.speed = Number(value)), clock.loop));
  const loop = makeSwitch("loop", (value) => player.set(clock.speed, (clock.loop = value)));
  speed.set("1");
  const bar = make("div", { class: "transport" }, buttons, slider, make("div", { class: "readouts" }, now, of), make("div", { class: "transport-settings" }, speed.node, loop.node));
  const entries = Object.entries(ARROWS).map(([name, text]) => make("span", { class: "arrow-entry" }, make("span", { class: `arrow-line ${name}` }), text));
  const key = make("div", { class: "arrow-key", hidden: true }, "Arrows in each optimizer's color:", ...entries);
  return {
    node: make("div", {}, bar, key),
    showKey: (isShown) => { key.hidden = !isShown; },
    setSteps(steps) {
      slider.max = steps;
      setText(of, ` of ${steps}`);
    },
    setStep(step, steps) {
      slider.value = step;
      slider.setAttribute("aria-valuetext", `step ${step}`);
      slider.style.setProperty("--share", `${(100 * step) / steps}%`);
      setText(now, `step ${step}`);
    },
    /* Silent while it plays. */
    setPlaying(isPlaying) {
      const name = isPlaying ? "pause" : "play";
      play.dataset.now = name;
      play.setAttribute("aria-label", name);
      play.title = name;
      now.setAttribute("aria-live", isPlaying ? "off" : "polite");
    },
  };
}
