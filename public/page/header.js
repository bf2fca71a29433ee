// What is ours in the page's header: Chainlit draws it anew now and then, without what is not its own.
import { HEADER } from "./places.js";

const ours = [];

const put = () => {
  if (ours.every((element) => element.isConnected)) return;
  const place = document.querySelector(HEADER);
  if (place) for (const element of ours) place.prepend(element);
};

/** Keep an element in the header, before what Chainlit has there. */
export const keepInHeader = (element) => {
  ours.push(element);
  put();
};

new MutationObserver(put).observe(document, { childList: true, subtree: true });
