/* Where the page begins: what Dash calls is handed to it here, and only then is Dash started. */
import "./common/alive.js";
import "./common/formulas.js";
import "./common/keys.js";
import "./common/presses.js";
import { foldCards, followSlider } from "./common/cards.js";
import { loadFilm, playFilm, showFrame } from "./common/film.js";
import { themeFigure } from "./common/figures.js";
import { identifyBrowser } from "./common/identity.js";
import { openAddress, openSurfaces, rememberPages, writeLink } from "./common/link.js";
import { addLook } from "./common/long_work.js";
import { takePage } from "./common/take.js";
import { prepareDrop } from "./pages/models/models.js";
import * as maps from "./pages/maps/maps.js";
import * as races from "./pages/races/races.js";
import { asFound, keepPlace, landscape, poll, pollStudy, watch, watchStudy } from "./pages/movielens/training.js";
import { showDone } from "./pages/surfaces/acts.js";
import { takeAway } from "./pages/surfaces/downloads.js";
import { chooseRun, fillMicroscope, toggleMicroscope } from "./pages/surfaces/microscope.js";
import "./pages/surfaces/first_steps.js";
import "./pages/surfaces/hand.js";
import "./pages/surfaces/overlay.js";
import "./pages/surfaces/pin.js";
import { showSurface } from "./pages/surfaces/choice.js";
import { drawRace, joinWords } from "./pages/surfaces/pictures.js";
import "./pages/surfaces/rates.js";
import { openRun } from "./pages/surfaces/run.js";
import { setClock, setView } from "./pages/surfaces/player.js";
import "./pages/workbook/check.js";
import { drawLesson, fillRow, stopPlaying } from "./pages/workbook/lesson.js";

Object.assign((window.dash_clientside = window.dash_clientside || {}), {
  common: { addLook, foldCards, followSlider, identifyBrowser, loadFilm, openAddress, openHelp: () => true, openSurfaces, playFilm, rememberPages, showFrame, takePage, themeFigure, writeLink },
  maps: { poll: maps.poll, watch: maps.watch },
  races: { poll: races.poll, watch: races.watch },
  landscape,
  models: { prepareDrop },
  movielens: { keepPlace, poll, pollStudy, watch, watchStudy },
  surfaces: { chooseRun, drawRace, fillMicroscope, joinWords, openRun, setClock, setView, showDone, takeAway, toggleMicroscope },
  workbook: { drawLesson, fillRow, stopPlaying },
});
window.dashMantineFunctions = { asFound, showSurface };

new DashRenderer(); // its scripts stand before this one, which waits for the whole page
