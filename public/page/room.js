// Chainlit keeps room below a reply, so that its question can stand at the top, and measures it when
// the text changes. Buttons that come later are not counted, and what it scrolls by itself it does
// not look at again: there is too much room, and an arrow points to where nothing is. It measures
// when the window changes, and looks when somebody scrolls, so that is what it hears.
import { measurePage } from "./measured.js";
import { SCROLLED } from "./places.js";

const QUIET_MS = 200; // after the last change: each measuring is a layout

let watched = null; // the messages
let waiting = null;

const measure = () => {
  measurePage(() =>
    requestAnimationFrame(() => watched?.parentElement?.dispatchEvent(new Event("scroll"))),
  );
};
const measureSoon = () => {
  clearTimeout(waiting);
  waiting = setTimeout(measure, QUIET_MS);
};

const sizes = new ResizeObserver(measureSoon);

new MutationObserver(() => {
  const content = document.querySelector(SCROLLED);
  if (content === watched) return;
  sizes.disconnect();
  watched = content;
  if (content) sizes.observe(content);
}).observe(document, { childList: true, subtree: true });
