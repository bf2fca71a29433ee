// Chainlit's page draws the whole conversation anew for each event that reaches it in a task of its
// own, and a turn begins and ends with five of them within some milliseconds. So what comes within
// GATHER_MS is handed to it in one task, in order, and is drawn once. What the server says to the
// page's own scripts is told to them there and then: by way of Chainlit's page it would come a task
// later, when the composer is drawn free already and they still hold it.
(() => {
  "use strict";

  const GATHER_MS = 4;
  const WORD = '42["window_message",{"warmline":'; // as socket.io writes the event

  const tell = (data) => {
    const { warmline: kind, data: said } = JSON.parse(data.slice(2))[1];
    window.dispatchEvent(new CustomEvent("warmline", { detail: { kind, data: said } }));
  };
  const isWord = ({ data }) => typeof data === "string" && data.startsWith(WORD);

  const gathering = (socket, handler) => {
    let waiting = [];
    const hand = () => {
      const events = waiting;
      waiting = [];
      for (const event of events) {
        if (isWord(event)) tell(event.data);
        else handler(event);
      }
    };
    socket.addEventListener("close", hand, { capture: true }); // before Chainlit's page hears of it
    return (event) => {
      waiting.push(event);
      if (document.hidden) hand(); // its timers are late
      else if (waiting.length === 1) setTimeout(hand, GATHER_MS);
    };
  };

  const own = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  Object.defineProperty(WebSocket.prototype, "onmessage", {
    ...own,
    set(handler) {
      own.set.call(this, typeof handler === "function" ? gathering(this, handler.bind(this)) : handler);
    },
  });
})();
