// At a closed gate Chainlit shows Stop in place of Send, although nothing runs that could be
// stopped. There it is dressed as what it is: a Send that waits.
import { follow, gate, isClosed, turnRuns } from "./gate.js";
import { STOP } from "./places.js";

const dress = () => {
  const button = document.querySelector(STOP);
  if (!button) return;
  const waits = isClosed() && !turnRuns;
  if (button.disabled === waits) return;
  button.disabled = waits;
  button.classList.toggle("wl-waits", waits);
  if (waits) button.setAttribute("aria-label", gate.send);
  else button.removeAttribute("aria-label");
};

follow(dress);
new MutationObserver(dress).observe(document, { childList: true, subtree: true });
