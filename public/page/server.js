// What the server says to the page's scripts (`Page.tell_script`): a kind, and its data.

const hearers = new Map();

/** Call `hear` with the data of every word of this kind. */
export const listen = (kind, hear) => hearers.set(kind, [...(hearers.get(kind) ?? []), hear]);

window.addEventListener("warmline", ({ detail: { kind, data } }) => {
  for (const hear of hearers.get(kind) ?? []) hear(data);
});

/** Ask the server for something (`backend/ui/asked.py`): Chainlit's page hands it on. */
export const ask = (what, more = {}) =>
  window.postMessage({ warmlineAsks: what, ...more }, window.location.origin);
