// A person's settings in one dialog: a form whose every text and value comes from the server, which
// also reads it. With a mistake in it nothing is kept, and nothing that was typed is lost.
import { beside } from "./composer_row.js";
import { button, openDialog, row } from "./dialog.js";
import { make } from "./make.js";
import { ask, listen } from "./server.js";

const ID = "warmline-choices";
const LINES = { text: 5, lines: 2, code: 4 };

let shown = null; // the open dialog, its form and its fields by name

const describeBy = (input, ...elements) =>
  input.setAttribute("aria-describedby", elements.map((element) => element.id).join(" "));

const fieldParts = ({ name, kind, label, hint, value, default: standard }) => {
  const input = make(kind === "number" ? "input" : "textarea", `wl-input wl-input-${kind}`);
  input.id = `${ID}-${name}`;
  input.value = value;
  input.placeholder = standard;
  input.spellcheck = kind === "text";
  if (kind === "number") input.inputMode = "decimal";
  else input.rows = LINES[kind];
  const title = make("label", "wl-label", label);
  title.htmlFor = input.id;
  const about = make("p", "wl-field-hint", hint);
  about.id = `${input.id}-hint`;
  const mistake = make("p", "wl-mistake");
  mistake.id = `${input.id}-mistake`;
  describeBy(input, about, mistake);
  const field = make("div", `wl-field wl-field-${kind}`);
  field.append(title, input, about, mistake);
  return { input, mistake, field };
};

// The list shows which preset the text is, and puts another one in its place.
const presetField = ({ presets, words }, prompt) => {
  const list = make("select", "wl-input");
  list.id = `${ID}-preset`;
  const texts = ["", ...presets.map((preset) => preset.text)];
  const titles = [words["preset.default"], ...presets.map((preset) => preset.title)];
  titles.forEach((title, index) => list.append(new Option(title, String(index))));
  list.append(new Option(words["preset.own"], "own"));
  const follow = () => {
    const index = texts.indexOf(prompt.value.trim());
    list.value = index < 0 ? "own" : String(index);
  };
  list.addEventListener("change", () => {
    if (list.value !== "own") prompt.value = texts[Number(list.value)];
    else prompt.focus();
  });
  prompt.addEventListener("input", follow);
  follow();
  const title = make("label", "wl-label", words.preset);
  title.htmlFor = list.id;
  const field = make("div", "wl-field");
  field.append(title, list);
  return field;
};

const keep = (event) => {
  event.preventDefault();
  const entries = [...shown.fields].map(([name, { input }]) => [name, input.value]);
  ask("keep_choices", { form: Object.fromEntries(entries) });
};

const draw = (data) => {
  const isOpen = shown?.dialog.open;
  const { dialog, heading } = isOpen ? shown : openDialog(ID, data.title);
  dialog.classList.add("wl-wide");
  const fields = new Map(data.fields.map((field) => [field.name, fieldParts(field)]));
  const said = make("p", "wl-dialog-said", data.said);
  said.setAttribute("role", "status");
  const form = make("form", "wl-form");
  form.noValidate = true;
  form.addEventListener("submit", keep);
  const save = make("button", "wl-button wl-main", data.words.keep);
  save.type = "submit";
  const [prompt, ...others] = [...fields.values()].map(({ field }) => field);
  const buttons = row(
    button("wl-aside", data.words.reset, () => ask("reset_choices")),
    button("", data.words.cancel, () => dialog.close()),
    save,
  );
  const preset = presetField(data, fields.get("system_prompt").input);
  form.append(preset, prompt, ...others, said, buttons);
  dialog.replaceChildren(heading, make("p", "wl-field-hint", data.about), form);
  shown = { dialog, heading, fields, said };
  if (!isOpen) preset.querySelector("select").focus();
};

listen("choices", draw);

listen("choices_refused", ({ mistakes, said }) => {
  if (!shown?.dialog.open) return;
  let first = null;
  for (const [name, { input, mistake }] of shown.fields) {
    mistake.textContent = mistakes[name] ?? "";
    if (mistakes[name]) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    if (mistakes[name]) first ??= input;
  }
  shown.said.textContent = said;
  first?.focus();
});

listen("choices_kept", () => shown?.dialog.close());

const opener = button("wl-quiet", "", () => ask("choices"));
opener.id = "warmline-choices-button";
beside(opener);

listen("composer", ({ settings }) => {
  opener.textContent = settings;
});
