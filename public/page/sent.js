// A message that was sent as its connection broke is sent once more when the connection is back:
// the page shows it, so it has to reach the server, which takes it only once.
import { MINE, shownThread } from "./places.js";
import { ask, listen } from "./server.js";

let sent = null; // what the server has not said to keep, nor given back: id, text and conversation

const lastMine = () => [...document.querySelectorAll(MINE)].at(-1);
const idOf = (message) => message?.querySelector("[id^=step-]")?.id.slice("step-".length);

/** The composer's text is being sent: Chainlit shows it as the last message, if it does send it. */
export const follow = (text) => {
  const before = idOf(lastMine());
  setTimeout(() => {
    const id = idOf(lastMine());
    if (id && id !== before) sent = { id, text, thread: shownThread() };
  });
};

/** A message's new text is being sent. */
export const followEdit = (input) => {
  const id = idOf(input.closest(MINE));
  if (id) sent = { id, text: input.value, thread: shownThread() };
};

listen("kept", ({ id }) => {
  if (sent?.id === id) sent = null;
});
listen("draft", () => {
  sent = null;
});
listen("back", () => {
  if (!sent) return;
  const { id, text, thread } = sent;
  const isHere = document.getElementById(`step-${id}`) || (thread && thread === shownThread());
  if (isHere) ask("sent", { id, text });
  else sent = null; // the person has gone to another conversation
});
