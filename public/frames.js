// Rendering a frame of a reply costs as much as rendering the whole reply: a long one takes longer
// than the next frame takes to come, and the page would fall behind by seconds. So frames that come
// while the page renders, or right after it, are handed to it as one. It never lags by more than
// about two renderings, and half of its time stays free for the person.
(() => {
  "use strict";

  const FRAME = '42["stream_token",'; // as socket.io writes the event
  const PAUSE = 1; // after a rendering, as a multiple of its time
  const GIVE_UP_MS = 1000; // a hidden page does not paint

  const afterPaint = (done) => {
    let called = false;
    const once = () => {
      if (!called) done();
      called = true;
    };
    const painted = new MessageChannel();
    painted.port1.onmessage = once;
    requestAnimationFrame(() => painted.port2.postMessage(null));
    setTimeout(once, GIVE_UP_MS);
  };

  const merging = (handler) => {
    let held = null; // the event's data, while it waits
    let rendering = false;

    const hand = (data) => {
      const began = performance.now();
      rendering = true;
      handler(new MessageEvent("message", { data }));
      afterPaint(() => {
        setTimeout(() => {
          rendering = false;
          flush();
        }, PAUSE * (performance.now() - began));
      });
    };
    const flush = () => {
      if (held === null) return;
      const frame = held;
      held = null;
      hand(`42${JSON.stringify(["stream_token", frame])}`);
    };

    return (event) => {
      if (typeof event.data !== "string" || !event.data.startsWith(FRAME)) {
        flush(); // in order
        handler(event);
      } else if (!rendering) {
        hand(event.data);
      } else {
        const frame = JSON.parse(event.data.slice(2))[1];
        if (held !== null && held.id !== frame.id) flush();
        if (held === null) held = frame;
        else held.token += frame.token;
      }
    };
  };

  const own = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  Object.defineProperty(WebSocket.prototype, "onmessage", {
    ...own,
    set(handler) {
      own.set.call(this, typeof handler === "function" ? merging(handler.bind(this)) : handler);
    },
  });
})();
