/* The address of a live page: its experiment, and how it is shown there. Within the app it is the
   query, else what follows "#". */
import { FIRST, readReach } from "./present/reach.js";

/* Read {query, layout, sliders} of an address's text. */
export function readAddress(text) {
  const parts = text.split("&"), sliders = parts.find((part) => part.startsWith("sliders="));
  return {
    query: parts.filter((part) => part && part !== sliders && !/^present(=|$)/.test(part)).join("&"),
    layout: parts.some((part) => /^present(=|$)/.test(part)) ? "present" : "page",
    sliders: sliders === undefined ? [FIRST] : readReach(decodeURIComponent(sliders.slice("sliders=".length))),
  };
}

/* Write the text of an address; what is as it is at first is left out. */
export function writeAddress({ query, layout = "page", sliders = [FIRST] }) {
  const isFirst = sliders.length === 1 && sliders[0] === FIRST;
  return [query, layout === "present" ? "present" : "", isFirst ? "" : `sliders=${sliders.map(encodeURIComponent).join(",")}`].filter(Boolean).join("&");
}
