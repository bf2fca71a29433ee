// What can be done with the conversation that is shown, and with all of them, behind one button.
import { askToDeleteAll } from "./delete_all.js";
import { gate } from "./gate.js";
import { keepInHeader } from "./header.js";
import { make } from "./make.js";
import { isPanelShown, togglePanel } from "./panel.js";
import { HOME, shownThread } from "./places.js";
import { ask, listen } from "./server.js";
import { showLink } from "./share.js";

const FILES = { Markdown: "md", JSON: "json" };

let words = null; // of the menu and its dialogs, once the server has said them

const opener = make("button", "wl-menu-button", "⋯");
opener.id = "warmline-menu-button";
opener.type = "button";
const menu = make("ul", "wl-menu");
menu.id = "warmline-menu";
menu.popover = "auto";
opener.popoverTargetElement = menu;

const add = (item) => {
  const line = make("li", "");
  item.classList.add("wl-menu-item");
  item.addEventListener("click", () => menu.hidePopover());
  line.append(item);
  menu.append(line);
};

const addFile = (thread, name, ending) => {
  const link = make("a", "", gate.export.replace("%f", name));
  link.href = new URL(`download/${thread}.${ending}`, HOME).href;
  link.download = "";
  add(link);
};

const addAction = (label, act) => {
  const button = make("button", "", label);
  button.type = "button";
  button.addEventListener("click", act);
  add(button);
};

const fill = () => {
  menu.replaceChildren();
  const thread = shownThread();
  if (thread) {
    for (const [name, ending] of Object.entries(FILES)) addFile(thread, name, ending);
    addAction(words["menu.share"], () => showLink(thread, words));
  }
  addAction(words[isPanelShown() ? "menu.panel.hide" : "menu.panel.show"], togglePanel);
  addAction(words["menu.delete_all"], () => askToDeleteAll(words));
};

menu.addEventListener("beforetoggle", (event) => {
  if (event.newState !== "open") return;
  fill();
  const place = opener.getBoundingClientRect();
  menu.style.top = `${place.bottom + 4}px`;
  menu.style.right = `${document.documentElement.clientWidth - place.right}px`;
});
menu.addEventListener("toggle", (event) => {
  if (event.newState === "open") menu.querySelector(".wl-menu-item").focus();
});

// The server can be asked as soon as it has said what the gate is.
const asking = setInterval(() => {
  if (gate) ask("menu");
}, 500);

listen("menu", (data) => {
  clearInterval(asking);
  if (words) return;
  words = data;
  opener.setAttribute("aria-label", words.menu);
  opener.title = words.menu;
  document.body.append(menu);
  keepInHeader(opener);
});
