// The live panel: the engine in a few numbers, in the header. It can be hidden, which the browser
// remembers. What is older than a few seconds is not shown.
import { gate } from "./gate.js";
import { keepInHeader } from "./header.js";
import { make } from "./make.js";
import { ask, listen } from "./server.js";

const KEY = "warmline-panel";
const LOOK_MS = 2000;
const FRESH_MS = 8000; // the server looks every 2 to 6 seconds

// A browser that blocks storage shows it at each visit.
const remembered = () => {
  try {
    return localStorage.getItem(KEY) !== "hidden";
  } catch {
    return true;
  }
};
const remember = (shown) => {
  try {
    localStorage.setItem(KEY, shown ? "shown" : "hidden");
  } catch {
    // for this visit alone
  }
};

let isWanted = remembered();
let heardAt = -Infinity;

const panel = make("ul", "wl-panel");
panel.id = "warmline-panel";

const draw = () => {
  const isFresh = performance.now() - heardAt < FRESH_MS;
  panel.hidden = !(isWanted && isFresh);
  document.documentElement.classList.toggle("wl-has-panel", !panel.hidden);
};

/** Whether a person wants to see it. */
export const isPanelShown = () => isWanted;

const tell = () => ask("panel", { show: isWanted && !document.hidden });

/** Show it, or hide it, from now on. */
export const togglePanel = () => {
  isWanted = !isWanted;
  remember(isWanted);
  heardAt = -Infinity;
  draw();
  tell();
};

listen("panel", ({ title, items }) => {
  heardAt = performance.now();
  panel.setAttribute("aria-label", title);
  panel.replaceChildren(
    ...items.map(({ text, tip }) => {
      const item = make("li", "", text);
      item.title = tip;
      return item;
    }),
  );
  draw();
});

panel.hidden = true;
keepInHeader(panel);
document.addEventListener("visibilitychange", tell);
setInterval(() => {
  draw();
  if (gate && panel.hidden && isWanted && !document.hidden) tell(); // also after a reconnect
}, LOOK_MS);
