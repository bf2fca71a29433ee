// The left end of the composer's lower line: what belongs to the next message. Chainlit draws the
// composer anew when a conversation begins, and what is there then is put into the new one.

const PLACE = "#message-composer > div:last-child > div:first-child";
const parts = [];

const put = () => {
  const place = document.querySelector(PLACE);
  if (place) for (const part of parts) if (part.parentElement !== place) place.append(part);
};

/** Keep an element beside the composer. */
export const beside = (element) => {
  parts.push(element);
  put();
};

new MutationObserver(put).observe(document, { childList: true, subtree: true });
