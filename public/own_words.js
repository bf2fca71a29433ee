// Chainlit's page hands every message that its window gets to the server, whoever sent it: a foreign
// page that has opened this one could ask in the person's name for anything that our own scripts ask
// for. Here only words of this very window come as far as a listener. And what the server says to our
// scripts goes to them alone (`page/server.js`), not back to the server.
(() => {
  "use strict";

  window.addEventListener(
    "message",
    (event) => {
      const isOwn = event.source === window && event.origin === window.location.origin;
      const { warmline: kind, data } = (isOwn && event.data) || {};
      if (!isOwn || kind) event.stopImmediatePropagation();
      if (kind) window.dispatchEvent(new CustomEvent("warmline", { detail: { kind, data } }));
    },
    true,
  );
})();
