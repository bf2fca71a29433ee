// The link of a conversation: made, copied and ended in one dialog.
import { button, openDialog, row } from "./dialog.js";
import { make } from "./make.js";
import { ask, listen } from "./server.js";

let shown = null; // what the open dialog is about

const copy = async (field, copied) => {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // a page without TLS has no clipboard
  }
  copied.textContent = shown.words["share.copied"];
};

const linkParts = (path) => {
  const { words, thread } = shown;
  const field = make("input", "wl-link");
  field.readOnly = true;
  field.value = new URL(path, window.location.href).href;
  field.setAttribute("aria-label", words["share.title"]);
  const said = make("p", "wl-dialog-said");
  said.setAttribute("role", "status");
  const buttons = row(
    button("wl-danger", words["share.revoke"], () => {
      shown.wasEnded = true;
      ask("end_link", { thread });
    }),
    button("", words["dialog.close"], () => shown.dialog.close()),
    button("wl-main", words["share.copy"], () => copy(field, said)),
  );
  return [field, said, buttons];
};

const noLinkParts = () => {
  const { words, thread, wasEnded } = shown;
  const said = make("p", "wl-dialog-said", wasEnded ? words["share.revoked"] : "");
  said.setAttribute("role", "status");
  const buttons = row(
    button("", words["dialog.close"], () => shown.dialog.close()),
    button("wl-main", words["share.make"], () => ask("make_link", { thread })),
  );
  return [said, buttons];
};

/** Show the link of a conversation, or offer to make one. */
export const showLink = (thread, words) => {
  shown = { thread, words, wasEnded: false, ...openDialog("warmline-share", words["share.title"]) };
  shown.dialog.replaceChildren(shown.heading, make("p", "", words["share.about"]));
  ask("link", { thread });
};

listen("link", ({ path }) => {
  if (!shown?.dialog.open) return;
  const parts = path === null ? noLinkParts() : linkParts(path);
  const about = make("p", "", shown.words["share.about"]);
  shown.dialog.replaceChildren(shown.heading, about, ...parts);
  shown.dialog.querySelector(".wl-main").focus();
});
