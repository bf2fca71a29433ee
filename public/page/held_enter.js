// Chainlit connects anew while a conversation opens, and when a connection broke; in between, its
// composer takes no Enter. One that was pressed there holds for a moment, until it can be sent.
import { isClosed } from "./gate.js";
import { SEND } from "./places.js";

const HOLDS_MS = 5000; // the person has seen by then that nothing was sent

let end = () => {}; // of the Enter that is held

const hold = (input) => {
  const text = input.value;
  const observer = new MutationObserver(() => {
    const isStill = input.isConnected && input.value === text && !isClosed();
    const button = document.querySelector(SEND);
    if (isStill && (!button || button.disabled)) return;
    end();
    if (isStill) button.click();
  });
  const timer = setTimeout(() => end(), HOLDS_MS);
  end = () => {
    observer.disconnect();
    clearTimeout(timer);
    end = () => {};
  };
  observer.observe(document, { childList: true, subtree: true, attributes: true });
};

/** Enter was pressed at an open gate. */
export const holdEnter = (input) => {
  end();
  const button = document.querySelector(SEND);
  if (button?.disabled && input.value.trim()) hold(input);
};
