// Chainlit measures its page when the window changes, so that is what it hears when something of
// ours has moved it. Its lists close when the window changes: while one is open, it hears later.

const LIST = "[role='listbox']";
const LATER_MS = 200;

/** Have the page measured, and call `then` when it is. */
export const measurePage = (then = () => {}) => {
  if (document.querySelector(LIST)) {
    setTimeout(measurePage, LATER_MS, then);
    return;
  }
  window.dispatchEvent(new Event("resize"));
  then();
};
