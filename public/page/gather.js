// What the server says within a few milliseconds reaches Chainlit's page as one task: the page draws
// every message of the conversation anew for each event that comes alone, and a turn begins and ends
// with a handful of them (docs/measurements/frontend.md).
const GATHER_MILLISECONDS = 4;

class GatheringWebSocket extends window.WebSocket {
  #waiting = [];
  #hear = null;

  get onmessage() {
    return this.#hear;
  }

  set onmessage(hear) {
    if (!this.#hear) this.addEventListener("message", (event) => this.#take(event));
    this.#hear = hear;
  }

  #take(event) {
    this.#waiting.push(event);
    if (document.hidden) this.#hand(); // timers of a hidden page wait for a second and more
    else if (this.#waiting.length === 1) setTimeout(() => this.#hand(), GATHER_MILLISECONDS);
  }

  #hand() {
    for (const event of this.#waiting.splice(0)) this.#hear?.call(this, event);
  }
}

window.WebSocket = GatheringWebSocket;
