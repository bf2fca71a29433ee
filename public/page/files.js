// Links in the header to the conversation that is shown, as a file.
import { gate } from "./gate.js";
import { make } from "./make.js";

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

setInterval(offerFiles, 1000);
