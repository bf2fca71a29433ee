// All conversations gone: asked once, with how many there are.
import { button, openDialog, row } from "./dialog.js";
import { make } from "./make.js";
import { HOME, INPUT } from "./places.js";
import { ask, listen } from "./server.js";

let words = null;

/** Ask whether all conversations are to be deleted. */
export const askToDeleteAll = (ours) => {
  words = ours;
  ask("count");
};

listen("count", ({ num, about }) => {
  if (!words) return;
  const { dialog, heading } = openDialog("warmline-delete-all", words["delete_all.title"]);
  const keep = button("", words[num ? "dialog.cancel" : "dialog.close"], () => dialog.close());
  const buttons = [keep];
  if (num) buttons.push(button("wl-danger", words["delete_all.do"], () => ask("delete_all")));
  dialog.replaceChildren(heading, make("p", "", about), row(...buttons));
  keep.focus();
});

// Said to every tab of the person; one in which something is being written keeps it.
listen("all_deleted", () => {
  document.getElementById("warmline-delete-all")?.close();
  if (!document.querySelector(INPUT)?.value) window.location.assign(HOME);
});
