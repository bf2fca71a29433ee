// The gate's card: live phases, the bar, what is wrong and what to do.
import { engineParts } from "./engine.js";
import { follow, gate, isClosed } from "./gate.js";
import { make } from "./make.js";
import { measurePage } from "./measured.js";

let card = null; // its parts, made when the gate closes: what a person has unfolded stays so
let receivedAt = 0; // performance.now() of what is shown

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
  box.append(make("p", "wl-message", gate.problem.message));
  if (gate.problem.advice) box.append(make("p", "wl-advice", gate.problem.advice));
  return box;
};

const makeCard = () => {
  const element = make("section", "wl-card");
  element.id = "warmline-gate";
  const head = make("header", "wl-head");
  const title = make("h2", "wl-title");
  title.id = "warmline-gate-title";
  element.setAttribute("aria-labelledby", title.id);
  const clock = make("span", "wl-clock");
  clock.setAttribute("role", "timer"); // and so silent for a screen reader
  head.append(title, clock);
  const said = make("p", "wl-said"); // what a screen reader says, at each change
  said.setAttribute("role", "status");
  const live = make("div", "wl-live");
  const engine = engineParts();
  element.append(head, said, live, engine.element);
  document.body.append(element);
  const sizes = new ResizeObserver(makeRoom);
  sizes.observe(element);
  sizes.observe(document.querySelector("#header") ?? document.body);
  return { element, title, clock, said, live, engine };
};

// The card stands over the conversation, beside the sidebar, and the page moves down for it.
// Chainlit shows an arrow where it thinks that there is more below.
const makeRoom = () => {
  const { style } = document.documentElement;
  const main = document.querySelector("#header")?.getBoundingClientRect();
  if (main) style.setProperty("--wl-main-center", `${main.left + main.width / 2}px`);
  if (main) style.setProperty("--wl-main-width", `${main.width}px`);
  style.setProperty("--wl-card-height", `${card ? card.element.offsetHeight : 0}px`);
  measurePage();
};

const say = (text) => {
  if (card.said.textContent !== text) card.said.textContent = text;
};

const draw = () => {
  document.documentElement.classList.toggle("wl-closed", isClosed());
  if (!isClosed()) {
    if (card) card.element.remove();
    card = null;
    makeRoom();
    return;
  }
  receivedAt = performance.now();
  card ??= makeCard();
  card.title.textContent = gate.title;
  card.clock.textContent = elapsed();
  const parts = [phases(), gate.problem ? problem() : bar()];
  const foot = [gate.detail, gate.eta].filter(Boolean).join(" · ");
  if (foot) parts.push(make("p", "wl-detail", foot));
  parts.push(make("p", "wl-hint", gate.hint));
  card.live.replaceChildren(...parts);
  card.engine.show(gate.engine);
  say(gate.problem ? `${gate.problem.message} ${gate.problem.advice}` : gate.label);
};

follow(draw);

setInterval(() => {
  if (card) card.clock.textContent = elapsed();
}, 1000);
