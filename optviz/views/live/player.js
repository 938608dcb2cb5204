/* Time: the step that the pictures show, and the clock that moves it. Touches no page; the page gives
   `show`, which is told of each step, and the frames. */

const WHOLE_MS = 8000; // that a whole run takes at speed 1

export function openPlayer({ show, tell, frame = requestAnimationFrame, isStill = () => false }) {
  const clock = { at: 0, steps: 1, speed: 1, loop: false, last: null, me: null };

  const setStep = (at) => {
    clock.at = Math.min(Math.max(at, 0), clock.steps);
    show(Math.floor(clock.at));
  };

  const stop = () => {
    if (!clock.me) return;
    clock.me = null;
    clock.at = Math.floor(clock.at);
    tell(false);
    show(clock.at);
  };

  const play = () => {
    const me = (clock.me = {});
    if (clock.at >= clock.steps) clock.at = 0;
    clock.last = null;
    tell(true);
    frame(function tick(now) {
      if (clock.me !== me) return;
      const passed = clock.last === null ? 0 : Math.max(now - clock.last, 0);
      clock.last = now;
      clock.at += (passed * clock.speed * clock.steps) / WHOLE_MS;
      if (clock.at >= clock.steps && !clock.loop) {
        clock.at = clock.steps;
        return stop();
      }
      clock.at %= clock.steps;
      show(Math.floor(clock.at), isStill() ? 0 : clock.at % 1);
      frame(tick);
    });
  };

  return {
    get at() {
      return Math.floor(clock.at);
    },
    get isPlaying() {
      return clock.me !== null;
    },
    play,
    stop,
    toggle: () => (clock.me ? stop() : play()),
    jump(at) {
      stop();
      setStep(at);
    },
    /* A run of another length: whoever rests on the end stays there. */
    setSteps(steps) {
      const isAtEnd = clock.at >= clock.steps;
      clock.steps = steps;
      clock.at = isAtEnd && !clock.me ? steps : Math.min(clock.at, steps);
    },
    set(speed, loop) {
      Object.assign(clock, { speed, loop });
    },
  };
}
