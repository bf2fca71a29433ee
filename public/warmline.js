// The page's own script: the gate's card, the draft that comes back, and a composer that cannot
// send while the gate is closed. The server sends plain data with every text in the page's
// language (backend/ui/texts/gate.py); the authority is the server's, this is for the person.
(() => {
  "use strict";

  const INPUT = "#chat-input";
  const SENDERS = "#chat-submit, #starters button, .confirm-edit";
  let gate = null; // the last card; null before the first one
  let receivedAt = 0; // performance.now() of it

  // A first visit gets the theme that its system asks for; later ones what was chosen in the page.
  try {
    if (!localStorage.getItem("vite-ui-theme")) localStorage.setItem("vite-ui-theme", "system");
  } catch {
    // a browser that blocks storage gets Chainlit's default
  }

  // -- the card ---------------------------------------------------------------------------------

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

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

  // -- the conversation as a file ---------------------------------------------------------------

  const FILES = { Markdown: "md", JSON: "json" };

  const offerFiles = () => {
    const [, base, thread] = window.location.pathname.match(/^(.*)\/thread\/([^/]+)$/) ?? [];
    const place = document.querySelector("#header > div:last-child");
    const before = document.getElementById("warmline-files");
    if (before && before.dataset.thread === thread && before.parentElement === place) return;
    before?.remove();
    if (!thread || !place || !gate) return;
    const files = make("span", "wl-files");
    files.id = "warmline-files";
    files.dataset.thread = thread;
    for (const [name, ending] of Object.entries(FILES)) {
      const link = make("a", "wl-file", name);
      link.href = `${base}/download/${thread}.${ending}`;
      link.download = "";
      link.title = gate.export.replace("%f", name);
      files.append(link);
    }
    place.prepend(files);
  };

  setInterval(() => {
    offerFiles();
    const clock = document.querySelector("#warmline-gate .wl-clock");
    if (gate && clock) clock.textContent = elapsed();
  }, 1000);

  // -- the draft --------------------------------------------------------------------------------

  let composer = null; // the one that is drawn; Chainlit draws another as a thread begins or ends
  let sent = null; // what it is sending, and still holds if it goes in that moment

  const putBack = (text) => {
    sent = null;
    const input = document.querySelector(INPUT);
    if (!input || input.value) return; // what is being written now comes first
    const proto = Object.getPrototypeOf(input);
    Object.getOwnPropertyDescriptor(proto, "value").set.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const sends = (input) => {
    sent = input.value;
    setTimeout(() => {
      if (input.isConnected) sent = null; // it has cleared itself, or refused
    });
  };

  const followComposer = () => {
    if (composer?.isConnected) return;
    const input = document.querySelector(INPUT);
    if (!input) return;
    const draft = composer?.value;
    composer = input;
    if (draft && draft !== sent) putBack(draft);
  };
  new MutationObserver(followComposer).observe(document, { childList: true, subtree: true });

  // -- the composer -----------------------------------------------------------------------------

  const closed = () => gate !== null && !gate.open;
  const hold = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  // A larger frame than the socket takes would close it, and the text would be gone.
  const tooLong = (input) => {
    if (!gate || !input || input.value.length <= gate.maxCharacters) return false;
    const size = input.value.length.toLocaleString(document.documentElement.lang || "en");
    let notice = document.getElementById("warmline-notice");
    if (!notice) {
      notice = make("p", "wl-notice");
      notice.id = "warmline-notice";
      notice.setAttribute("role", "alert");
      document.body.append(notice);
      input.addEventListener("input", () => notice.remove(), { once: true });
    }
    notice.textContent = gate.tooLong.replace("%n", size);
    return true;
  };

  document.addEventListener(
    "keydown",
    (event) => {
      const enter = event.key === "Enter" && !event.shiftKey && !event.isComposing;
      if (!enter || !event.target.matches?.(INPUT)) return;
      if (closed() || tooLong(event.target)) hold(event);
      else sends(event.target);
    },
    true,
  );
  document.addEventListener(
    "click",
    (event) => {
      const sender = event.target.closest?.(SENDERS);
      if (!sender) return;
      const edited = sender.matches(".confirm-edit");
      const input = document.querySelector(edited ? "#edit-chat-input" : INPUT);
      if (closed() || (!sender.closest("#starters") && tooLong(input))) hold(event);
      else if (sender.matches("#chat-submit")) sends(input);
    },
    true,
  );

  // -- what the server says ---------------------------------------------------------------------

  window.addEventListener("message", (event) => {
    if (event.source !== window || event.origin !== window.location.origin) return;
    const { warmline, data } = event.data ?? {};
    if (warmline === "gate") {
      gate = data;
      receivedAt = performance.now();
      draw();
    } else if (warmline === "draft") {
      putBack(data);
    }
  });
})();
