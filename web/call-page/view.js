// Puts a state of the call page on the screen. Rendering is idempotent: it sets what differs, so
// that live regions speak once per change and never because of a redraw.

import { Grille } from "./grille.js";
import { HeardList } from "./heard-list.js";
import { Meter } from "./meter.js";
import { callMs, heardSegments, isActive, isOnCall, summarize } from "./state.js";
import { texts } from "./texts.js";

const NO_SAYINGS = [];

export class View {
  #document;
  #host;
  #meter;
  #sayings = NO_SAYINGS;
  #grille;
  #heardList;
  #shown = null;

  /** `host` is the relay's address as the caller is told it. */
  constructor(document, host) {
    this.#document = document;
    this.#host = host;
    document.documentElement.lang = texts.language;
    for (const element of document.querySelectorAll("[data-text]")) {
      const text = texts[element.dataset.text];
      element.textContent = typeof text === "function" ? text(host) : text;
    }
    this.#part("guide-steps").append(...texts.guide.map(([title, text]) => guideStep(document, title, text)));
    this.#meter = new Meter(document);
    this.#grille = new Grille(this.#part("grille"));
    this.#heardList = new HeardList(this.#part("heard"));
    this.#part("call-button").disabled = false;
  }

  /** Shows `state`. `takeFocus` moves the focus to a failure that is new. */
  render(state, nowMs, { takeFocus = false } = {}) {
    const before = this.#shown;
    if (state === before) return;
    this.#shown = state;
    this.#renderPhase(state, nowMs);
    this.#renderSummary(state, nowMs);
    this.#renderCall(state, before);
    this.renderElapsed(state, nowMs);
    this.#announce(state, before, nowMs, takeFocus);
    if (takeFocus && state.phase === "failed" && before?.phase !== "failed") this.#part("failure").focus();
    // Last, so that whoever waits for a state finds the whole page in it.
    const { dataset } = this.#document.documentElement;
    if (state.phase === "failed") dataset.failure = state.failure.code;
    else delete dataset.failure;
    dataset.call = state.phase;
  }

  /** The running time of the call; cheap enough to be called several times a second. */
  renderElapsed(state, nowMs) {
    const elapsedMs = callMs(state, nowMs);
    const running = elapsedMs !== null && isOnCall(state);
    this.#show("elapsed", running);
    if (running) this.#say("elapsed", texts.clock(elapsedMs));
  }

  handleLevel(level) {
    this.#meter.handleLevel(level);
    this.#grille.handleLevel(level);
  }

  handleSpeech(speech) {
    this.#meter.handleSpeech(speech);
  }

  #renderPhase(state, nowMs) {
    const { phase, call } = state;
    const { buttons } = texts;
    const hangingUp = call?.hangingUp ?? false;
    this.#document.title = texts.titles[phase];
    if (phase === "failed") this.#renderFailure(state.failure);
    else this.#say("state", hangingUp ? texts.hangingUp : texts.states[phase]);
    this.#say("hint", phase === "ended" ? texts.ending(state.ending) : (texts.hints[phase]?.(this.#host) ?? ""));
    this.#show("hint", phase !== "failed");
    this.#show("failure", phase === "failed");

    const idleLabel = { idle: buttons.call, ended: buttons.callAgain, failed: buttons.tryAgain }[phase];
    this.#say("call-button-label", hangingUp ? buttons.hangingUp : (idleLabel ?? buttons.hangUp));
    const button = this.#part("call-button");
    button.setAttribute("aria-disabled", String(hangingUp));
    button.dataset.action = isActive(state) ? "hang-up" : "call";
    this.#show("key-hint", isActive(state) && !hangingUp);

    this.#show("guide", callMs(state, nowMs) === null);
  }

  #renderFailure(failure) {
    const words = texts.failure(failure, this.#host);
    this.#say("state", words.title);
    for (const part of ["fault", "what", "next", "detail"]) this.#say(`failure-${part}`, words[part]);
  }

  #renderSummary(state, nowMs) {
    const summary = isActive(state) ? null : summarize(state, nowMs);
    this.#show("summary", summary !== null);
    if (summary === null) return;
    const values = texts.summaryValues(summary);
    for (const figure of ["length", "pieces", "unsent"]) this.#say(`summary-${figure}`, values[figure]);
    this.#say("summary-note", texts.summaryNote(summary));
  }

  #renderCall(state, before) {
    const { call } = state;
    const opened = call !== null && call.openedMs !== null;
    this.#show("meter-section", opened && isActive(state));
    this.#show("heard-section", opened);
    if (isNewCall(state, before)) this.#meter.reset();
    if (!isOnCall(state) && before && isOnCall(before)) {
      this.#meter.rest();
      this.#grille.rest();
    }
    if (call?.segments !== before?.call?.segments) {
      const heard = heardSegments(state);
      this.#heardList.render(heard);
      this.#show("heard-empty", heard.length === 0);
    }
    // The assistant speaks to somebody who can answer: nothing before the microphone is on.
    const sayings = call?.openedMs == null ? NO_SAYINGS : call.sayings;
    if (sayings !== this.#sayings) this.#renderSayings(sayings);
    this.#sayings = sayings;
  }

  #renderSayings(sayings) {
    const log = this.#part("assistant");
    // The heading goes, not the log: a live region speaks only if it was there before its words.
    this.#show("assistant-title", sayings.length > 0);
    const shown = new Map(Array.from(log.children, (child) => [child.dataset.prompt, child]));
    const wanted = sayings.map((saying) => {
      const child = shown.get(String(saying.prompt)) ?? this.#document.createElement("p");
      child.dataset.prompt = String(saying.prompt);
      child.lang = saying.language || texts.language;
      child.dir = "auto";
      if (child.textContent !== saying.text) child.textContent = saying.text;
      return child;
    });
    for (const child of shown.values()) if (!wanted.includes(child)) child.remove();
    for (const [at, child] of wanted.entries()) {
      if (log.children[at] !== child) log.insertBefore(child, log.children[at] ?? null);
    }
  }

  #announce(state, before, nowMs, takeFocus) {
    const { announcements } = texts;
    const announce = (text) => this.#say("announcer", text);
    if (state.call?.hangingUp && !before?.call?.hangingUp) announce(announcements.hangingUp);
    if (state.phase === before?.phase) return;
    switch (state.phase) {
      case "idle":
        return;
      case "listening":
      case "speaking":
        if (!before || !isOnCall(before)) announce(announcements.onCall);
        return;
      case "ended": {
        const summary = summarize(state, nowMs);
        announce(announcements.ended(texts.ending(state.ending), summary && texts.summaryNote(summary)));
        return;
      }
      case "failed":
        // When the focus goes to the failure, it is read from there.
        announce(takeFocus ? "" : announcements.failed(texts.failure(state.failure, this.#host)));
        return;
      default: {
        const text = announcements[state.phase];
        announce(typeof text === "function" ? text(this.#host) : text);
      }
    }
  }

  #part(id) {
    return this.#document.getElementById(id);
  }

  #show(id, shown) {
    this.#part(id).hidden = !shown;
  }

  #say(id, text) {
    const element = this.#part(id);
    if (element.textContent !== text) element.textContent = text;
  }
}

function isNewCall(state, before) {
  return state.phase === "starting" && (!before || !isActive(before));
}

function guideStep(document, title, text) {
  const step = document.createElement("li");
  const heading = document.createElement("h3");
  const body = document.createElement("p");
  heading.textContent = title;
  body.textContent = text;
  step.append(heading, body);
  return step;
}
