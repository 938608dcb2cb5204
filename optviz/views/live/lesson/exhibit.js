/* What stands beside the text of a lesson: a race, or a picture that is none. */
import { make, makeButton } from "../elements.js";
import { mount } from "../mount.js";
import { readPicture, readRace } from "./judge.js";
import { PICTURES } from "./pictures/registry.js";

/* The scale of a picture's texts in the presentation. */
const findLarge = () => (innerWidth < 1800 ? 1.6 : 2.05);

/* `head` is the element of the text, which stands within the exhibit. `onChange` is told {isPlaying,
   read, query} after each drawing; `read` reads a quantity off the runs or the numbers that are shown,
   `query` is the address of a race, "" for a picture. */
export function openExhibit(place, data, options) {
  const { modules, head, onChange } = options, now = { race: null, picture: null, layout: options.layout, scheme: options.scheme };
  const show = ({ picture, table, query }, from, sliders) => {
    if (picture) showPicture(picture, table, from);
    else showRace(query, from, sliders);
  };
  const leavePicture = () => {
    now.picture?.handle.destroy();
    now.picture?.frame.remove();
    now.picture = null;
  };

  function showRace(query, from, sliders) {
    leavePicture();
    if (now.race) now.race.setExperiment(query);
    else {
      now.race = mount(place, data, {
        modules, query, head, isPage: true, play: false, layout: now.layout, sliders, onTurn: options.onTurn, share: options.share,
        onChange: ({ isPlaying, race, experiment, query: address, layout }) => {
          if (race) tell({ isPlaying, read: readRace(race, experiment), query: address, layout });
        },
      });
      if (now.scheme) now.race.setScheme(now.scheme);
    }
    now.race.setSliders(sliders);
    begin(now.race, from);
  }

  function showPicture(name, table, from) {
    now.race?.destroy();
    now.race = null;
    leavePicture();
    const frame = make("div", { class: "optviz-live lesson-frame" }), inner = make("div", { class: "lesson-exhibit" });
    if (now.scheme) frame.dataset.scheme = now.scheme;
    frame.classList.toggle("presenting", now.layout === "present");
    const leave = makeButton("Leave", { class: "button leave", title: "leave the presentation (p or Esc)" }, () => setLayout("page"));
    frame.append(make("div", { class: "page" }, ...(now.layout === "present" ? [leave] : []), head, inner));
    place.append(frame);
    const font = now.layout === "present" ? findLarge() : 1;
    const handle = PICTURES[name](inner, table, {
      modules, themes: data.themes, scheme: now.scheme, font,
      onChange: ({ isPlaying }) => now.picture && tell({ isPlaying, read: readPicture(now.picture.handle.read()), query: "", layout: now.layout }),
    });
    now.picture = { name, table, handle, frame, from };
    begin(handle, from);
  }

  const setLayout = (layout) => {
    now.layout = layout;
    if (now.race) now.race.setLayout(layout);
    else if (now.picture) showPicture(now.picture.name, now.picture.table, now.picture.from === "still" ? "still" : "end");
  };

  const tell = (told) => {
    now.layout = told.layout;
    onChange(told);
  };

  return {
    show,
    get isPicture() {
      return now.picture !== null;
    },
    get layout() {
      return now.layout;
    },
    highlight: (names) => now.race?.highlight(names.map((name) => (name === "map" ? "stage" : name))),
    setScheme(scheme) {
      now.scheme = scheme;
      (now.race ?? now.picture?.handle)?.setScheme(scheme);
      if (now.picture && scheme) now.picture.frame.dataset.scheme = scheme;
      else if (now.picture) delete now.picture.frame.dataset.scheme;
    },
    setLayout,
  };
}

/* Begin to show: played from the "start", at its "end", or "still" at step 0. */
function begin(handle, from) {
  if (from === "start") handle.play(0);
  else handle.setStep(from === "end" ? Infinity : 0);
}
