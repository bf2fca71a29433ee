// A dialog over the page: Escape closes it, focus stays in it and goes back to where it was.
import { make } from "./make.js";

/** Open an empty dialog of that name; it is gone when it is closed. */
export const openDialog = (id, title) => {
  document.getElementById(id)?.remove();
  const dialog = make("dialog", "wl-dialog");
  dialog.id = id;
  const heading = make("h2", "wl-dialog-title", title);
  heading.id = `${id}-title`;
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, heading };
};

/** A button of a dialog. */
export const button = (className, label, act) => {
  const element = make("button", `wl-button ${className}`, label);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
};

/** Buttons beside each other. */
export const row = (...buttons) => {
  const element = make("div", "wl-dialog-row");
  element.append(...buttons);
  return element;
};
