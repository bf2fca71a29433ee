// Whether the gate is open, as the server says it, for whoever on this page depends on it.
import { listen } from "./server.js";

/** The last card (backend/ui/texts/gate.py); null before the first one. */
export let gate = null;

/** Whether a reply is being written, while the gate is closed. */
export let turnRuns = false;

/** Whether the composer must not send. */
export const isClosed = () => gate !== null && !gate.open;

const followers = [];

/** Call `draw` at every word about the gate. */
export const follow = (draw) => followers.push(draw);

const tell = () => {
  for (const draw of followers) draw();
};

listen("gate", (card) => {
  gate = card;
  turnRuns = card.turnRuns;
  tell();
});

listen("turn", ({ runs }) => {
  turnRuns = runs;
  tell();
});
