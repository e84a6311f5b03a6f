// The list of segments that the relay has told of, newest first.
// An item is touched only when its segment has changed.

import { texts } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";

/** Most bars of a drawn envelope, and speech per bar in milliseconds up to there. */
const MAX_BARS = 60;
const MS_PER_BAR = 60;
const MIN_BARS = 4;

/** Pitch and full height of a bar, in units of the drawing. */
const BAR_PITCH = 4;
const FULL_HEIGHT = 24;
const MIN_HEIGHT = 2;

export class HeardList {
  #list;
  /** Segment number -> { item, segment } as shown. */
  #shown = new Map();

  constructor(list) {
    this.#list = list;
  }

  /** Shows `segments`, newest first. */
  render(segments) {
    const wanted = new Set(segments.map((segment) => segment.segment));
    for (const [number, { item }] of this.#shown) {
      if (wanted.has(number)) continue;
      item.remove();
      this.#shown.delete(number);
    }
    let next = this.#list.firstElementChild;
    for (const segment of segments) {
      const shown = this.#shown.get(segment.segment) ?? { item: newItem(), segment: null };
      if (shown.segment !== segment) fill(shown.item, segment);
      this.#shown.set(segment.segment, { item: shown.item, segment });
      if (shown.item === next) next = next.nextElementSibling;
      else this.#list.insertBefore(shown.item, next);
    }
  }
}

function newItem() {
  const item = document.createElement("li");
  for (const name of ["time", "envelope", "length", "step"]) {
    const part = document.createElement("span");
    part.className = `heard-${name}`;
    item.append(part, " ");
  }
  return item;
}

function fill(item, segment) {
  const { heard, cutOff, onsetMs, lengthMs, audioMs, envelope } = segment;
  item.dataset.segment = String(segment.segment);
  item.dataset.state = heard;
  const part = (name) => item.querySelector(`.heard-${name}`);
  part("time").textContent = texts.clock(onsetMs);
  part("envelope").replaceChildren(drawEnvelope(envelope, lengthMs));
  part("length").textContent = lengthMs > 0 ? texts.heardLength(lengthMs) : "";
  const step = cutOff ? texts.heardCutOff : texts.heardSteps[heard];
  part("step").textContent = heard === "ended" && audioMs > 0 ? `${step} · ${texts.heardSent(audioMs)}` : step;
}

function drawEnvelope(envelope, lengthMs) {
  const bars = toBars(envelope, lengthMs);
  const width = bars.length * BAR_PITCH;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${FULL_HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  svg.style.setProperty("--envelope-width", `${width}px`);
  const path = document.createElementNS(SVG, "path");
  const line = (value, at) => {
    const height = Math.max(MIN_HEIGHT, (value / 100) * (FULL_HEIGHT - MIN_HEIGHT));
    return `M${at * BAR_PITCH + BAR_PITCH / 2} ${((FULL_HEIGHT - height) / 2).toFixed(1)}v${height.toFixed(1)}`;
  };
  path.setAttribute("d", bars.map(line).join(""));
  svg.append(path);
  return svg;
}

/** The envelope in as many bars as fit the segment's length, each the loudest value it covers. */
function toBars(envelope, lengthMs) {
  const values = envelope.length > 0 ? envelope : [0];
  const wanted = Math.max(MIN_BARS, Math.min(MAX_BARS, Math.round(lengthMs / MS_PER_BAR)));
  const slice = values.length / wanted;
  return Array.from({ length: wanted }, (_, bar) => {
    const from = Math.floor(bar * slice);
    const to = Math.max(from + 1, Math.floor((bar + 1) * slice));
    return Math.min(100, Math.max(0, ...values.slice(from, to)));
  });
}
