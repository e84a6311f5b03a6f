// The receiver's grille: rings of holes that light up from the middle with the caller's voice.
// Decoration only; everything it shows is told elsewhere in words and figures.

import { toHeight } from "./tape.js";

const SVG = "http://www.w3.org/2000/svg";

const RINGS = 6;
const RING_DISTANCE = 11;
const HOLE_RADIUS = 3;

export class Grille {
  #rings = [];
  #reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(svg) {
    for (let ring = 0; ring < RINGS; ring += 1) {
      const group = document.createElementNS(SVG, "g");
      group.setAttribute("class", "ring");
      const holes = ring === 0 ? 1 : ring * 6;
      for (let hole = 0; hole < holes; hole += 1) {
        const angle = (hole / holes) * 2 * Math.PI - Math.PI / 2;
        const circle = document.createElementNS(SVG, "circle");
        circle.setAttribute("cx", (Math.cos(angle) * ring * RING_DISTANCE).toFixed(2));
        circle.setAttribute("cy", (Math.sin(angle) * ring * RING_DISTANCE).toFixed(2));
        circle.setAttribute("r", String(HOLE_RADIUS));
        group.append(circle);
      }
      group.style.setProperty("--ring", String(ring));
      svg.append(group);
      this.#rings.push(group);
    }
  }

  handleLevel({ peakDbfs }) {
    if (this.#reducedMotion.matches) return;
    this.#light(toHeight(peakDbfs));
  }

  rest() {
    this.#light(0);
  }

  /** Lights the rings up to `level` 0..1; the ring at the edge is lit in part. */
  #light(level) {
    const reach = level * (RINGS + 0.5);
    for (const [ring, group] of this.#rings.entries()) {
      group.style.setProperty("--lit", Math.min(1, Math.max(0, reach - ring)).toFixed(2));
    }
  }
}
