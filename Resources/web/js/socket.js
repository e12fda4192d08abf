// A WebSocket that comes back by itself.

const FIRST_DELAY = 250;
const LONGEST_DELAY = 5_000;

/**
 * Keeps a WebSocket open until `close`. Handlers: `message(object)`, `state("open" | "lost")`,
 * `ended()` when the gateway says that the session is over. With `silence` (ms) a connection that says nothing for so long is given up.
 */
export class LiveSocket {
  #path;
  #handlers;
  #silence;
  #socket = null;
  #delay = FIRST_DELAY;
  #timer = null;
  #watch = null;
  #isClosed = false;
  #hurry = () => { if (!document.hidden && this.#timer) this.#connect(); };

  constructor(path, handlers, { silence = 0 } = {}) {
    this.#path = path;
    this.#handlers = handlers;
    this.#silence = silence;
    // A phone that wakes, or a network that returns, need not wait for the back-off.
    document.addEventListener("visibilitychange", this.#hurry);
    addEventListener("online", this.#hurry);
    this.#connect();
  }

  close() {
    this.#isClosed = true;
    document.removeEventListener("visibilitychange", this.#hurry);
    removeEventListener("online", this.#hurry);
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** Gives the connection up and takes a new one, for example after a gap in the sequence. */
  restart() {
    if (this.#isClosed) return;
    this.#drop();
    this.#retry();
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${this.#path}`);
    this.#socket = socket;
    this.#listenFor(8_000);
    socket.onopen = () => {
      this.#handlers.state?.("open");
      this.#listenFor(this.#silence);
    };
    socket.onmessage = (event) => {
      this.#delay = FIRST_DELAY;
      this.#listenFor(this.#silence);
      let message;
      try { message = JSON.parse(event.data); } catch { this.restart(); return; }
      this.#handlers.message(message);
    };
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      this.#drop();
      if (event.code === 4401) this.#handlers.ended?.();
      this.#retry();
    };
  }

  #listenFor(time) {
    clearTimeout(this.#watch);
    this.#watch = time > 0 ? setTimeout(() => this.restart(), time) : null;
  }

  #drop() {
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #retry() {
    this.#handlers.state?.("lost");
    // Jitter, so that every open page does not come back in the same instant.
    this.#timer = setTimeout(() => this.#connect(), this.#delay * (0.7 + 0.6 * Math.random()));
    this.#delay = Math.min(LONGEST_DELAY, this.#delay * 2);
  }
}
