// How much of the model's context the conversation takes, beside the composer.
import { beside } from "./composer_row.js";
import { make } from "./make.js";
import { listen } from "./server.js";

const meter = make("span", "wl-meter");
meter.id = "warmline-meter";
const bar = make("span", "wl-meter-bar");
const fill = make("span", "wl-meter-fill");
const text = make("span", "wl-meter-text");
bar.append(fill);
bar.setAttribute("aria-hidden", "true");
meter.append(bar, text);
meter.hidden = true;
beside(meter);

// A meter without a limit is none: a screen reader then reads the sentence alone.
const describe = ({ label, about, fraction }) => {
  meter.title = about;
  meter.setAttribute("role", fraction === null ? "img" : "meter");
  meter.setAttribute("aria-label", fraction === null ? about : label);
  if (fraction === null) {
    for (const name of ["now", "min", "max", "text"]) meter.removeAttribute(`aria-value${name}`);
    return;
  }
  meter.setAttribute("aria-valuemin", "0");
  meter.setAttribute("aria-valuemax", "100");
  meter.setAttribute("aria-valuenow", String(Math.round(fraction * 100)));
  meter.setAttribute("aria-valuetext", about);
};

listen("composer", ({ meter: data }) => {
  meter.hidden = data === null;
  if (data === null) return;
  describe(data);
  text.textContent = data.text;
  bar.hidden = data.fraction === null;
  fill.style.width = `${100 * (data.fraction ?? 0)}%`;
  meter.classList.toggle("wl-meter-high", data.fraction >= 0.85);
});
