// Level and detector meter: the tape of the last seconds, two gauges, the figures.
//
// Levels come 31 times a second. Drawing waits for the next animation frame, figures change five
// times a second, and the text for screen readers every two seconds. Who prefers reduced motion
// gets one still picture a second.

import { FLOOR_DBFS, Tape, Tone, toHeight } from "./tape.js";
import { texts } from "./texts.js";

/** Probability from which the detector takes a window for speech: its default. */
const THRESHOLD = 0.5;

const FIGURES_EVERY_MS = 200;
const ARIA_EVERY_MS = 2000;
const STILL_EVERY_MS = 1000;

/** Windows shown as one bar, and the bar's pitch and width in CSS pixels. */
const WINDOWS_PER_BAR = 2;
const BAR_PITCH = 4;
const BAR_WIDTH = 2;

const TAPE_WINDOWS = 1024;

export class Meter {
  #root;
  #canvas;
  #parts;
  #reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  #tape = new Tape(TAPE_WINDOWS);
  #latest = null;
  #frame = 0;
  #drawnMs = -Infinity;
  #figuresMs = -Infinity;
  #ariaMs = -Infinity;
  #colors = null;

  constructor(document) {
    const byId = (id) => document.getElementById(id);
    this.#root = byId("meter");
    this.#canvas = byId("tape");
    this.#parts = {
      levelFill: byId("level-fill"),
      levelPeak: byId("level-peak"),
      levelValue: byId("level-value"),
      detectorFill: byId("detector-fill"),
      detectorValue: byId("detector-value"),
    };
    setPosition(byId("detector-threshold"), THRESHOLD);
    const repaint = () => {
      this.#colors = null;
      this.#drawTape();
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    matchMedia("(forced-colors: active)").addEventListener("change", repaint);
    new ResizeObserver(repaint).observe(this.#canvas);
    this.reset();
  }

  /** Takes in one detector window. */
  handleLevel({ probability, rmsDbfs, peakDbfs }) {
    this.#latest = { probability, rmsDbfs, peakDbfs };
    this.#tape.push(toHeight(peakDbfs));
    this.#frame ||= requestAnimationFrame((nowMs) => this.#render(nowMs));
  }

  handleSpeech({ step }) {
    this.#tape.handleStep(step);
  }

  /** An empty tape and gauges at rest, for a new call. */
  reset() {
    this.#tape.clear();
    this.rest();
  }

  /** Gauges at rest; the tape keeps its last picture. */
  rest() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#latest = { probability: 0, rmsDbfs: FLOOR_DBFS, peakDbfs: FLOOR_DBFS };
    this.#hurry();
    this.#render(performance.now());
    this.#hurry();
  }

  /** Lets the next render set everything, however recent the last one. */
  #hurry() {
    this.#figuresMs = this.#ariaMs = this.#drawnMs = -Infinity;
  }

  #render(nowMs) {
    this.#frame = 0;
    if (this.#reducedMotion.matches && nowMs - this.#drawnMs < STILL_EVERY_MS) return;
    this.#drawnMs = nowMs;
    const { probability, rmsDbfs, peakDbfs } = this.#latest;
    setPosition(this.#parts.levelFill, toHeight(rmsDbfs));
    setPosition(this.#parts.levelPeak, toHeight(peakDbfs));
    setPosition(this.#parts.detectorFill, probability);
    this.#drawTape();
    if (nowMs - this.#figuresMs >= FIGURES_EVERY_MS) {
      this.#figuresMs = nowMs;
      this.#parts.levelValue.textContent = texts.level(rmsDbfs);
      this.#parts.detectorValue.textContent = texts.probability(probability);
    }
    if (nowMs - this.#ariaMs >= ARIA_EVERY_MS) {
      this.#ariaMs = nowMs;
      this.#root.setAttribute("aria-valuenow", String(Math.round(Math.max(FLOOR_DBFS, rmsDbfs))));
      this.#root.setAttribute("aria-valuetext", texts.meter(rmsDbfs, probability));
    }
  }

  /** Bars from the right edge to the left, the newest window rightmost. */
  #drawTape() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0) return;
    const scale = devicePixelRatio || 1;
    const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.#canvas.width !== pixelWidth || this.#canvas.height !== pixelHeight) {
      this.#canvas.width = pixelWidth;
      this.#canvas.height = pixelHeight;
    }
    const context = this.#canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    this.#colors ??= readColors(this.#canvas);
    const newestBar = Math.floor(Math.max(0, this.#tape.count - 1) / WINDOWS_PER_BAR);
    for (let x = width - BAR_PITCH, bar = newestBar; x >= 0; x -= BAR_PITCH, bar -= 1) {
      const { height: level, tone } = this.#bar(bar);
      const barHeight = Math.max(BAR_WIDTH, level * height);
      context.fillStyle = this.#colors[tone];
      context.fillRect(x, (height - barHeight) / 2, BAR_WIDTH, barHeight);
    }
  }

  #bar(bar) {
    let height = 0;
    let tone = Tone.QUIET;
    for (let offset = 0; offset < WINDOWS_PER_BAR; offset += 1) {
      const window = this.#tape.window(bar * WINDOWS_PER_BAR + offset);
      height = Math.max(height, window?.height ?? 0);
      tone = Math.max(tone, window?.tone ?? Tone.QUIET);
    }
    return { height, tone };
  }
}

function setPosition(element, position) {
  element.style.setProperty("--position", position.toFixed(3));
}

/** The colors of the tones, as the style sheet has them for the scheme in force. */
function readColors(canvas) {
  const style = getComputedStyle(canvas);
  const color = (name) => style.getPropertyValue(name).trim();
  return [color("--tape-quiet"), color("--tape-probable"), color("--tape-sent")];
}
