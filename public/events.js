// Chainlit's page draws the whole conversation anew for each event that reaches it in a task of its
// own, and a turn begins and ends with five of them within some milliseconds. So what comes within
// GATHER_MS is handed to it in one task, in order, and is drawn once; a reply that begins waits a
// little longer for its first text, which would else come while the page draws an empty reply. What
// the server says to the page's own scripts is told to them there and then: by way of Chainlit's page
// it would come a task later, when the composer is drawn free already and they still hold it.
(() => {
  "use strict";

  const GATHER_MS = 4;
  const FIRST_TEXT_MS = 60; // as quick as an engine is on a good card; nobody sees an empty reply sooner
  // events as socket.io writes them
  const WORD = '42["window_message",{"warmline":';
  const BEGINS = '42["stream_start",';
  const TEXT = '42["stream_token",';

  const is = ({ data }, event) => typeof data === "string" && data.startsWith(event);
  const tell = ({ data }) => {
    const { warmline: kind, data: said } = JSON.parse(data.slice(2))[1];
    window.dispatchEvent(new CustomEvent("warmline", { detail: { kind, data: said } }));
  };

  const gathering = (socket, handler) => {
    let waiting = [];
    let timer = 0;
    let waitsForText = false;
    const hand = () => {
      clearTimeout(timer);
      const events = waiting;
      waiting = [];
      waitsForText = false;
      for (const event of events) {
        if (is(event, WORD)) tell(event);
        else handler(event);
      }
    };
    const handIn = (milliseconds) => {
      clearTimeout(timer);
      timer = setTimeout(hand, milliseconds);
    };
    socket.addEventListener("close", hand, { capture: true }); // before Chainlit's page hears of it
    return (event) => {
      waiting.push(event);
      if (document.hidden) hand(); // its timers are late
      else if (is(event, BEGINS)) {
        waitsForText = true;
        handIn(FIRST_TEXT_MS);
      } else if (waitsForText && is(event, TEXT)) {
        waitsForText = false;
        handIn(0);
      } else if (waiting.length === 1) handIn(GATHER_MS);
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
