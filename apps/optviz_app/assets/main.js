/* Where the page begins: what Dash calls is handed to it here, and only then is Dash started. */
import "./common/alive.js";
import "./common/keys.js";
import { foldCards, followSlider } from "./common/cards.js";
import { openAddress, rememberPages, writeLink } from "./common/link.js";
import { asFound, identifyBrowser, poll, themeFigure, watch } from "./pages/movielens/training.js";
import { takeAway } from "./pages/surfaces/downloads.js";
import { chooseRun, fillMicroscope, listRuns, toggleMicroscope } from "./pages/surfaces/microscope.js";
import "./pages/surfaces/hand.js";
import "./pages/surfaces/overlay.js";
import { drawRace, joinWords } from "./pages/surfaces/pictures.js";
import { loadRace, pressButton, scrub, setClock, setView } from "./pages/surfaces/player.js";
import "./pages/workbook/check.js";
import { drawLesson, fillRow, stopPlaying } from "./pages/workbook/lesson.js";

Object.assign((window.dash_clientside = window.dash_clientside || {}), {
  common: { foldCards, followSlider, openAddress, openHelp: () => true, rememberPages, writeLink },
  movielens: { identifyBrowser, poll, themeFigure, watch },
  surfaces: { chooseRun, drawRace, fillMicroscope, joinWords, listRuns, loadRace, pressButton, scrub, setClock, setView, takeAway, toggleMicroscope },
  workbook: { drawLesson, fillRow, stopPlaying },
});
window.dashMantineFunctions = { asFound };

new DashRenderer(); // its scripts stand before this one, which waits for the whole page
