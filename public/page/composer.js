// A composer that cannot send while the gate is closed, nor what is too long for the socket.
import { sends } from "./draft.js";
import { gate, isClosed } from "./gate.js";
import { holdEnter } from "./held_enter.js";
import { make } from "./make.js";
import { EDITED, INPUT, SEND } from "./places.js";
import { follow, followEdit } from "./sent.js";

const SENDERS = `${SEND}, #starters button, .confirm-edit`;

const goes = (input) => {
  sends(input);
  follow(input.value);
};

const hold = (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
};

// Says why a text cannot be sent, until the composer's text is another one.
const notify = (input, sentence, numCharacters) => {
  const size = numCharacters.toLocaleString(document.documentElement.lang || "en");
  let notice = document.getElementById("warmline-notice");
  if (!notice) {
    notice = make("p", "wl-notice");
    notice.id = "warmline-notice";
    notice.setAttribute("role", "alert");
    document.body.append(notice);
    input.addEventListener("input", () => notice.remove(), { once: true });
  }
  notice.textContent = sentence.replace("%n", size);
};

// A larger frame than the socket takes would close it, and the text would be gone.
const tooLong = (input) => {
  if (!gate || !input || input.value.length <= gate.maxCharacters) return false;
  notify(input, gate.tooLong, input.value.length);
  return true;
};

// Megabytes in the composer would stop the page for minutes; they stay where they were copied.
document.addEventListener(
  "beforeinput",
  (event) => {
    const input = event.target;
    if (!gate || !input.matches?.(`${INPUT}, ${EDITED}`)) return;
    const text = event.data ?? event.dataTransfer?.getData("text/plain") ?? "";
    if (input.value.length + text.length <= gate.maxCharacters || text.length < 2) return;
    hold(event);
    notify(input, gate.pasteTooLong, text.length);
  },
  true,
);

document.addEventListener(
  "keydown",
  (event) => {
    const enter = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (!enter || !event.target.matches?.(INPUT)) return;
    if (isClosed() || tooLong(event.target)) return hold(event);
    holdEnter(event.target);
    goes(event.target);
  },
  true,
);
document.addEventListener(
  "click",
  (event) => {
    const sender = event.target.closest?.(SENDERS);
    if (!sender) return;
    const edited = sender.matches(".confirm-edit");
    const input = document.querySelector(edited ? EDITED : INPUT);
    if (isClosed() || (!sender.closest("#starters") && tooLong(input))) hold(event);
    else if (edited) followEdit(input);
    else if (sender.matches(SEND)) goes(input);
  },
  true,
);
