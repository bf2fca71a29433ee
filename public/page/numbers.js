// All numbers of a reply, in a small window at the line that was pressed: Escape or a press beside it
// closes it, and focus goes back to the line.
import { make } from "./make.js";
import { listen } from "./server.js";

const GAP = 6; // pixels between the line and the window

let opener = ""; // the id of the line

const box = make("div", "wl-numbers");
box.id = "warmline-numbers";
box.popover = "auto";
box.tabIndex = -1;
box.setAttribute("role", "dialog");
box.setAttribute("aria-labelledby", "warmline-numbers-title");
document.body.append(box);

const fill = ({ title, rows }) => {
  const heading = make("h2", "wl-numbers-title", title);
  heading.id = "warmline-numbers-title";
  const list = make("dl", "wl-numbers-rows");
  for (const [label, value] of rows) list.append(make("dt", "", label), make("dd", "", value));
  box.replaceChildren(heading, list);
};

// Below the line, or above it where there is no room.
const place = (line) => {
  const { left, top, bottom } = line.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const fits = bottom + GAP + box.offsetHeight <= clientHeight;
  box.style.top = `${fits ? bottom + GAP : Math.max(GAP, top - GAP - box.offsetHeight)}px`;
  box.style.left = `${Math.max(GAP, Math.min(left, clientWidth - box.offsetWidth - GAP))}px`;
};

listen("numbers", (data) => {
  const line = document.getElementById(`${data.reply}.numbers`);
  if (!line) return;
  opener = line.id;
  fill(data);
  box.showPopover();
  place(line);
  box.focus();
});

// By hand: Chainlit disables the line while it is answered, so that focus was nowhere, and a quick
// Escape comes before it is enabled again.
const giveFocusBack = () => {
  if (![document.body, box].includes(document.activeElement)) return;
  const line = document.getElementById(opener);
  if (line?.disabled) requestAnimationFrame(giveFocusBack);
  else line?.focus();
};
box.addEventListener("toggle", (event) => {
  if (event.newState === "closed") giveFocusBack();
});

// By hand too: the line's tip, where it is shown, would take the first Escape for itself.
window.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Escape" && box.matches(":popover-open")) box.hidePopover();
  },
  true,
);

// A page that scrolls would leave it behind; one that is told so (room.js) stays where it is.
document.addEventListener(
  "scroll",
  (event) => {
    const moved = event.isTrusted && !box.contains(event.target);
    if (moved && box.matches(":popover-open")) box.hidePopover();
  },
  true,
);
