/* The live pictures of the site: the script that all pages share. A page's own script calls `start`
   with what is its own, the module of its surface; its experiment stands in the page's data. Until
   then, and without JavaScript, the page has a still picture and its table. */
import { modules } from "./emitted.js";
import { mount } from "../views/live/mount.js";
import { shared } from "./shared.js";

function start(own) {
  const holder = document.getElementById("live"), still = [...holder.children];
  const page = JSON.parse(document.getElementById("page-data").textContent).live;
  const experiment = { ...page.experiment, samples: page.experiment.samples ?? shared.samples };
  try {
    mount(holder, { ...shared, ...page, experiment }, { modules: { ...modules, ...own } });
    for (const each of still) each.remove();
  } catch (error) {
    holder.querySelector(".optviz-live")?.remove(); // the still picture stays
    console.error(error);
  }
}

window.optvizSite = { start };
