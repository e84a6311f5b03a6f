// The last seconds of the microphone, window by window: how loud, and whether it was sent.
// Pure; `meter.js` draws it.

/** What became of a window. */
export const Tone = { QUIET: 0, PROBABLE: 1, SENT: 2 };

/** Bottom of the level scale, in dBFS. */
export const FLOOR_DBFS = -60;

/** Length of a detector window, in milliseconds. */
export const WINDOW_MS = 32;

/** Audio sent from before the onset of confirmed speech, in windows: the detector's default of 480 ms. */
const PRE_ROLL_WINDOWS = 480 / WINDOW_MS;

/** Place of a level on the scale from the floor to full scale, 0..1. */
export function toHeight(dbfs) {
  const height = 1 - dbfs / FLOOR_DBFS;
  return Number.isNaN(height) ? 0 : Math.min(1, Math.max(0, height));
}

/** A ring of the newest windows, addressed by their count since the start of the call. */
export class Tape {
  #levels;
  #tones;
  #count = 0;
  #tone = Tone.QUIET;
  #runStart = 0;

  constructor(capacity) {
    this.#levels = new Array(capacity).fill(0);
    this.#tones = new Array(capacity).fill(Tone.QUIET);
  }

  /** Adds a window of `height` 0..1; it takes the tone of the speech step that is going on. */
  push(height) {
    const at = this.#count % this.#levels.length;
    this.#levels[at] = height;
    this.#tones[at] = this.#tone;
    this.#count += 1;
  }

  /** Takes in a step of a segment, which may change what became of windows already on the tape. */
  handleStep(step) {
    switch (step) {
      case "probable":
        this.#runStart = Math.max(0, this.#count - 1);
        this.#paintFrom(this.#runStart, Tone.PROBABLE);
        break;
      case "confirmed":
        // A segment cut for its length is followed at once by a confirmed one: nothing to repaint.
        if (this.#tone === Tone.PROBABLE) this.#paintFrom(this.#runStart - PRE_ROLL_WINDOWS, Tone.SENT);
        this.#tone = Tone.SENT;
        break;
      case "retracted":
        this.#paintFrom(this.#runStart, Tone.QUIET);
        break;
      case "ended":
        this.#tone = Tone.QUIET;
        break;
    }
  }

  clear() {
    this.#count = 0;
    this.#tone = Tone.QUIET;
  }

  /** Windows pushed so far. */
  get count() {
    return this.#count;
  }

  /** The window with that count, or null when it is not (or no longer) on the tape. */
  window(count) {
    const oldest = Math.max(0, this.#count - this.#levels.length);
    if (count < oldest || count >= this.#count) return null;
    const at = count % this.#levels.length;
    return { height: this.#levels[at], tone: this.#tones[at] };
  }

  #paintFrom(start, tone) {
    const oldest = Math.max(0, this.#count - this.#tones.length);
    for (let count = Math.max(start, oldest); count < this.#count; count += 1) {
      this.#tones[count % this.#tones.length] = tone;
    }
    this.#tone = tone;
  }
}
