// Names for what Chainlit gives a picture alone, and what else a screen reader or a keyboard misses
// there (backend/ui/texts/names.py; tests/e2e/test_every_state.py).
import { ask, listen } from "./server.js";
import { INPUT, SEND, STOP } from "./places.js";

const NAMED = {
  sidebar: "#sidebar-trigger-button, [role=dialog][data-sidebar=sidebar]",
  new_chat: "#new-chat-button",
  search: "#search-chats-button",
  profile: "#chat-profiles",
  theme: "#theme-toggle",
  message: INPUT,
  send: SEND,
  stop: `${STOP}:not(.wl-waits)`,
  edit: ".edit-message",
  helpful: ".positive-feedback-on, .positive-feedback-off",
  not_helpful: ".negative-feedback-on, .negative-feedback-off",
  thread: "#thread-options",
  down: ".absolute.bottom-4 button",
  copy: "button:has(> .lucide-copy), button:has(> .lucide-check)",
  comment: "button:has(> .lucide-message-circle)",
  code: "pre code",
};

const THREAD = "a > button[data-sidebar=menu-button]"; // a link around it does what it is for

const ROLES = {
  button: "#thread-options", // a div that opens a menu, in a button, in a link
  none: "[data-sidebar=group] > ul, [role=listbox] [role=article]", // a list without items; a hint
  group: `pre code, ${THREAD}`, // which may have a name, or a button in it
};

// With the keyboard: what scrolls or opens is reached, what only lies around it is not.
const TAB_STOPS = { 0: "pre code, #thread-options", "-1": THREAD };

const set = (element, name, value) => {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
};

let words = null;
let waits = false;

const name = () => {
  waits = false;
  if (words === null) return;
  for (const [key, selector] of Object.entries(NAMED)) {
    for (const element of document.querySelectorAll(selector)) set(element, "aria-label", words[key]);
  }
  for (const thread of document.querySelectorAll(THREAD)) {
    set(thread, "aria-label", thread.textContent);
  }
  for (const [role, selector] of Object.entries(ROLES)) {
    for (const element of document.querySelectorAll(selector)) set(element, "role", role);
  }
  for (const [index, selector] of Object.entries(TAB_STOPS)) {
    for (const element of document.querySelectorAll(selector)) set(element, "tabindex", index);
  }
};

// Once a moment at most: a reply that streams changes the page many times a second.
const nameSoon = () => {
  if (waits) return;
  waits = true;
  setTimeout(name, 150);
};

// The server can be asked as soon as it has said what the gate is.
listen("gate", () => {
  if (words === null) ask("names");
});

listen("names", (named) => {
  words = named;
  name();
});

new MutationObserver(nameSoon).observe(document, { childList: true, subtree: true });
