// A conversation gets its address with its first message, so that a reload shows it again. Chainlit
// does that in its sidebar, which a phone does not draw, and not where a proxy adds a sub-path.
import { HOME, MINE, shownThread } from "./places.js";
import { listen } from "./server.js";

const CHAINLIT_HAS_MS = 1500;

listen("thread", ({ id }) => {
  setTimeout(() => {
    if (shownThread() || !document.querySelector(MINE)) return; // done, or gone to another one
    window.history.replaceState(window.history.state, "", new URL(`thread/${id}`, HOME));
  }, CHAINLIT_HAS_MS);
});
