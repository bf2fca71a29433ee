// What is being written stays, when Chainlit draws the composer anew or the server gives it back.
import { INPUT } from "./places.js";
import { listen } from "./server.js";

let composer = null; // the one that is drawn; Chainlit draws another as a thread begins or ends
let sent = null; // what it is sending, and still holds if it goes in that moment

const putBack = (text) => {
  sent = null;
  const input = document.querySelector(INPUT);
  if (!input || input.value) return; // what is being written now comes first
  const proto = Object.getPrototypeOf(input);
  Object.getOwnPropertyDescriptor(proto, "value").set.call(input, text);
  input.dispatchEvent(new Event("input", { bubbles: true }));
};

/** The composer's text is being sent: a composer that goes now takes no draft with it. */
export const sends = (input) => {
  sent = input.value;
  setTimeout(() => {
    if (input.isConnected) sent = null; // it has cleared itself, or refused
  });
};

const followComposer = () => {
  if (composer?.isConnected) return;
  const input = document.querySelector(INPUT);
  if (!input) return;
  const draft = composer?.value;
  composer = input;
  if (draft && draft !== sent) putBack(draft);
};

new MutationObserver(followComposer).observe(document, { childList: true, subtree: true });
listen("draft", putBack);
