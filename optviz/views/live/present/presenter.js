/* The way to the presentation and back: the layout, how large all is, and what else the window has. */
import { writeLink } from "../link.js";
import { openShare } from "./share.js";

const MADE_FOR = { width: 785, height: 490 }; // CSS pixels in which the presentation stands at a scale of 1
const STACKED = { below: 900, width: 480, most: 1.6 }; // narrower windows have one picture below the other
const LARGEST = 2.6;

/* Give `page` the actions present, turn and share. Returns {setLayout, end}. */
export function makePresenter(page, layouts, repaint) {
  let release = () => {};
  const fit = () => {
    const isLarge = page.layout === "present", scale = isLarge ? page.options.font ?? chooseScale(page.root) : page.options.font ?? 1;
    page.root.style.setProperty("--scale", scale);
    page.parts.pictures.setZoom(scale);
    page.parts.rates.setZoom(scale);
    repaint();
  };
  const setLayout = (layout) => {
    const isLarge = layout === "present", focused = page.root.getRootNode().activeElement;
    page.layout = layout;
    page.root.classList.toggle("presenting", isLarge);
    page.root.replaceChildren(...layouts[isLarge ? "present" : "page"]());
    release();
    release = isLarge ? coverOthers(page.root) : () => {};
    if (isLarge || page.root.tabIndex === 0) takeFocus(page, focused);
    fit();
  };
  Object.assign(page, {
    present(isWanted = page.layout !== "present") {
      if (!page.options.canPresent || isWanted === (page.layout === "present")) return;
      if (document.fullscreenElement && !isWanted) document.exitFullscreen();
      if (!isWanted && page.options.leave) page.options.leave(writeLink(page.store.now, page.player.at));
      else setLayout(isWanted ? "present" : "page");
    },
    turn(by) {
      if (page.options.onTurn) page.options.onTurn(by);
      else if (by < 0) page.player.jump(0);
      else if (page.player.isPlaying) page.player.jump(Infinity);
      else page.player.play();
    },
    share: () => openShare(page),
  });
  addEventListener("resize", fit);
  return {
    setLayout,
    end() {
      removeEventListener("resize", fit);
      release();
    },
  };
}

/* So large that the smallest text of a picture, of 11 pixels, has 20 on 1440x900. */
function chooseScale({ clientWidth: width, clientHeight: height }) {
  if (width < STACKED.below) return limit(width / STACKED.width, 1, STACKED.most);
  return limit(Math.min(width / MADE_FOR.width, height / MADE_FOR.height), 1, LARGEST);
}

const limit = (value, low, high) => Math.min(Math.max(value, low), high);

/* What lies under the presentation is out of reach until it ends, and the window does not scroll. */
function coverOthers(root) {
  const covered = [], top = document.documentElement, before = top.style.overflow;
  for (let node = root; node.parentElement; node = node.parentElement) {
    covered.push(...[...node.parentElement.children].filter((each) => each !== node && !each.inert && !/^(SCRIPT|STYLE)$/.test(each.tagName)));
  }
  for (const each of covered) each.inert = true;
  top.style.overflow = "hidden";
  return () => {
    for (const each of covered) each.inert = false;
    top.style.overflow = before;
  };
}

/* What had the focus keeps it where it still stands; else its keys are those of the whole picture. */
function takeFocus({ root }, focused) {
  root.tabIndex = -1;
  (focused && root.contains(focused) ? focused : root).focus({ preventScroll: true });
}
