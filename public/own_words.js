// Chainlit's page hands every message that its window gets to the server, whoever sent it: a foreign
// page that has opened this one could ask in the person's name for anything that our own scripts ask
// for. Here only words of this very window come as far as a listener.
(() => {
  "use strict";

  window.addEventListener(
    "message",
    (event) => {
      const isOwn = event.source === window && event.origin === window.location.origin;
      if (!isOwn) event.stopImmediatePropagation();
    },
    true,
  );
})();
