// What the card says of the engine: model, hardware, profile; why it is set up so; its log.
import { make } from "./make.js";
import { HOME } from "./places.js";

const READ_AGAIN_MS = 2000;

const facts = (engine) =>
  engine.facts.flatMap(({ label, value }) => {
    const pair = make("div", "wl-fact");
    pair.append(make("dt", "", label), make("dd", "", value));
    return [pair];
  });

const reasons = (engine) =>
  engine.flags.flatMap(({ flag, why }) => [make("dt", "wl-flag", flag), make("dd", "", why)]);

const fold = (className, content) => {
  const element = make("details", className);
  const summary = make("summary", "");
  element.append(summary, content);
  return { element, summary, content };
};

const readLog = async () => {
  const answer = await fetch(new URL("engine/log", HOME));
  return answer.ok ? answer.json() : null;
};

const showLog = async (log, words) => {
  const read = await readLog().catch(() => null);
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  const text = read?.lines.length ? read.lines.join("\n") : words.noLog;
  log.textContent = read?.command ? `${words.command}: ${read.command}\n\n${text}` : text;
  if (atEnd) log.scrollTop = log.scrollHeight;
};

/** The card's lower part: `show(engine)` draws what the server said of it (or null). */
export const engineParts = () => {
  const element = make("div", "wl-engine");
  const list = make("dl", "wl-facts");
  const why = fold("wl-why", make("dl", "wl-reasons"));
  const log = fold("wl-log", make("pre", "wl-lines"));
  log.content.tabIndex = 0; // so that the keyboard scrolls it
  let words = null;

  const refresh = () => {
    if (!log.element.open || !log.element.isConnected) return;
    showLog(log.content, words);
    setTimeout(refresh, READ_AGAIN_MS);
  };
  log.element.addEventListener("toggle", refresh);

  const show = (engine) => {
    if (JSON.stringify(engine) === JSON.stringify(words)) return; // what is unfolded stays
    words = engine;
    element.replaceChildren();
    if (engine === null) return;
    list.replaceChildren(...facts(engine));
    element.append(list);
    why.summary.textContent = engine.reasons;
    why.content.replaceChildren(...reasons(engine));
    if (engine.flags.length) element.append(why.element);
    log.summary.textContent = engine.log;
    log.content.setAttribute("aria-label", engine.log);
    if (engine.log) element.append(log.element);
  };
  return { element, show };
};
