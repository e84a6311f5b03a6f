// Joins the parts: presses and keys in, capture module events in, states out to the view.
//
// The page never changes the state of a call by itself: a press becomes an event, the capture
// module is asked, and its answer is another event.

import { initialState, isActive, isOnCall, reduce } from "./state.js";
import { View } from "./view.js";

const CAPTURE_URL = new URL("../capture/switchboard_capture.js", import.meta.url).href;
const CAPTURE_WASM_URL = new URL("../capture/switchboard_capture_bg.wasm", import.meta.url).href;

/** How often the running time is looked at. */
const TICK_MS = 250;

/** Clicks that the browser counts as one gesture are one press within this time. */
const DOUBLE_CLICK_MS = 600;

/** How long the end of a call may take to be told once the caller has hung up. */
const HANG_UP_LIMIT_MS = 4000;

/** Starts the call page. */
export function startCallPage() {
  const controller = new Controller(new View(document, location.host));
  let pressedMs = -Infinity;
  document.getElementById("call-button").addEventListener("click", ({ detail, timeStamp }) => {
    // The second click of a double click would undo at once what the first one did.
    if (detail > 1 && timeStamp - pressedMs < DOUBLE_CLICK_MS) return;
    pressedMs = timeStamp;
    controller.press();
  });
  document.addEventListener("keydown", (event) => {
    // A key held down repeats; one press is one decision.
    if (event.repeat && event.target.id === "call-button") event.preventDefault();
    const escapes = event.key === "Escape" && !event.repeat && !event.isComposing;
    if (escapes && !event.defaultPrevented) controller.hangUp();
  });
  window.addEventListener("pagehide", () => controller.hangUp());
}

class Controller {
  #view;
  #state = initialState();
  /** Counts calls; events of an earlier one are not listened to. */
  #call = 0;
  /** Aborting it takes back the newest call, whether it is up or still coming up. */
  #withdrawal = null;
  /** The module's `Capture` once loaded, so that a press can start a call without waiting. */
  #Capture = null;
  #loading = null;
  #loadAttempts = 0;
  #ticking = 0;

  constructor(view) {
    this.#view = view;
    this.#view.render(this.#state, performance.now());
    this.#load().catch((failure) => this.#handle(failure));
  }

  /** The button: calls, or hangs up. */
  press() {
    if (isActive(this.#state)) this.hangUp();
    else this.#startCall();
  }

  hangUp() {
    if (!isActive(this.#state)) return;
    const call = this.#call;
    const wasOnCall = isOnCall(this.#state);
    this.#handle({ type: "hang-up-pressed" });
    // A call that is not up yet is given up; nothing that still comes of it counts.
    if (!wasOnCall) this.#call += 1;
    this.#withdrawal.abort();
    if (!wasOnCall) return;
    setTimeout(() => {
      if (call === this.#call) this.#handle({ type: "hang-up-overdue" });
    }, HANG_UP_LIMIT_MS);
  }

  #startCall() {
    this.#call += 1;
    this.#withdrawal = new AbortController();
    this.#handle({ type: "call-pressed" });
    const call = this.#call;
    // Browsers let audio start only inside the press itself: if the module is there, nothing
    // may be waited for before it is called.
    if (this.#Capture) this.#capturing(call, this.#Capture);
    else {
      this.#load().then(
        (Capture) => this.#capturing(call, Capture),
        (failure) => this.#handleOf(call, failure),
      );
    }
  }

  async #capturing(call, Capture) {
    if (call !== this.#call) return;
    const { signal } = this.#withdrawal;
    try {
      await Capture.start({ signal, onEvent: (event) => this.#handleOf(call, event) });
    } catch (error) {
      this.#handleOf(call, toFailedEvent(error));
    }
  }

  /** Loads the capture module; rejects with a `failed` event. */
  #load() {
    this.#loading ??= loadCapture(this.#loadAttempts).then(
      (Capture) => (this.#Capture = Capture),
      (failure) => {
        this.#loading = null;
        this.#loadAttempts += 1;
        throw failure;
      },
    );
    return this.#loading;
  }

  #handleOf(call, event) {
    if (call === this.#call) this.#handle(event);
  }

  #handle(event) {
    if (event.type === "level") {
      if (isOnCall(this.#state)) this.#view.handleLevel(event);
      return;
    }
    if (event.type === "speech") this.#view.handleSpeech(event);
    const before = this.#state;
    const nowMs = performance.now();
    this.#state = reduce(before, event, nowMs);
    // A page that fails while loading has not been asked for anything: the focus stays.
    this.#view.render(this.#state, nowMs, { takeFocus: isActive(before) });
    this.#keepTime();
  }

  #keepTime() {
    if (!isOnCall(this.#state)) {
      clearInterval(this.#ticking);
      this.#ticking = 0;
    } else if (this.#ticking === 0) {
      this.#ticking = setInterval(() => this.#view.renderElapsed(this.#state, performance.now()), TICK_MS);
    }
  }
}

/** Imports and readies the capture module; rejects with a `failed` event that names the file. */
async function loadCapture(attempt) {
  if (typeof WebAssembly === "undefined") throw { type: "failed", code: "no-webassembly" };
  // Some browsers remember a failed import for as long as the page lives, hence another address.
  const url = attempt === 0 ? CAPTURE_URL : `${CAPTURE_URL}?attempt=${attempt}`;
  let file = CAPTURE_URL;
  try {
    const { default: init, Capture } = await import(url);
    file = CAPTURE_WASM_URL;
    await init();
    return Capture;
  } catch (error) {
    // Most browsers repeat the address at the end of their reason.
    const reason = reasonOf(error).replace(url, "").replace(/:\s*$/, "");
    throw { type: "failed", code: "asset-missing", detail: `${file}: ${reason}` };
  }
}

/** `Capture.start` rejects with what a `failed` event carries; anything else is a fault of ours. */
function toFailedEvent(error) {
  if (typeof error?.code !== "string") return { type: "failed", code: "capture-fault", detail: reasonOf(error) };
  const { code, message, nextStep, detail } = error;
  return { type: "failed", code, message, nextStep, detail };
}

function reasonOf(error) {
  return String(error?.message ?? error);
}
