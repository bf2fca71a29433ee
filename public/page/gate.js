// The gate's card: live phases, the bar, what is wrong and what to do (backend/ui/texts/gate.py).
import { make } from "./make.js";
import { listen } from "./server.js";

/** The last card; null before the first one. */
export let gate = null;

/** Whether the composer must not send. */
export const isClosed = () => gate !== null && !gate.open;

let receivedAt = 0; // performance.now() of the card

const elapsed = () => {
  const seconds = Math.max(0, gate.elapsedSeconds + (performance.now() - receivedAt) / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
};

const phases = () => {
  const list = make("ol", "wl-phases");
  for (const phase of gate.passed) {
    const item = make("li", "wl-passed", phase.label);
    item.append(make("span", "wl-took", phase.took));
    list.append(item);
  }
  const current = make("li", gate.problem ? "wl-stuck" : "wl-current", gate.label);
  current.setAttribute("aria-current", "step");
  list.append(current);
  return list;
};

const bar = () => {
  const track = make("div", "wl-bar");
  track.setAttribute("role", "progressbar");
  track.setAttribute("aria-label", gate.label);
  const fill = make("div", "wl-fill");
  if (gate.progress === null) {
    track.classList.add("wl-unknown");
  } else {
    const percent = Math.round(gate.progress * 100);
    track.setAttribute("aria-valuenow", String(percent));
    track.setAttribute("aria-valuemin", "0");
    track.setAttribute("aria-valuemax", "100");
    fill.style.width = `${percent}%`;
  }
  track.append(fill);
  return track;
};

const problem = () => {
  const box = make("div", "wl-problem");
  box.setAttribute("role", "alert");
  box.append(make("p", "wl-message", gate.problem.message));
  if (gate.problem.advice) box.append(make("p", "wl-advice", gate.problem.advice));
  return box;
};

const draw = () => {
  let card = document.getElementById("warmline-gate");
  document.documentElement.classList.toggle("wl-closed", !gate.open);
  if (gate.open) {
    card?.remove();
    return;
  }
  if (!card) {
    card = make("section", "wl-card");
    card.id = "warmline-gate";
    card.setAttribute("role", "status");
    card.setAttribute("aria-live", "polite");
    document.body.append(card);
  }
  const head = make("header", "wl-head");
  head.append(make("strong", "wl-title", gate.title), make("span", "wl-clock", elapsed()));
  const parts = [head, phases()];
  if (gate.problem) parts.push(problem());
  else parts.push(bar());
  const foot = [gate.detail, gate.eta].filter(Boolean).join(" · ");
  if (foot) parts.push(make("p", "wl-detail", foot));
  parts.push(make("p", "wl-hint", gate.hint));
  card.replaceChildren(...parts);
  document.documentElement.style.setProperty("--wl-card-height", `${card.offsetHeight}px`);
};

listen("gate", (card) => {
  gate = card;
  receivedAt = performance.now();
  draw();
});

setInterval(() => {
  const clock = document.querySelector("#warmline-gate .wl-clock");
  if (gate && clock) clock.textContent = elapsed();
}, 1000);
