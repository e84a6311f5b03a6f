// The tape of the meter: what is painted as sent.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FLOOR_DBFS, Tape, Tone, toHeight } from "../call-page/tape.js";

/** Plays a script of window counts and speech steps; gives one letter per window. */
function paint(script, capacity = 1000) {
  const tape = new Tape(capacity);
  for (const step of script) {
    if (typeof step === "string") tape.handleStep(step);
    else for (let n = 0; n < step; n += 1) tape.push(0.5);
  }
  const letters = { [Tone.QUIET]: ".", [Tone.PROBABLE]: "?", [Tone.SENT]: "#" };
  return Array.from({ length: tape.count }, (_, n) => letters[tape.window(n)?.tone] ?? " ").join("");
}

test("quiet stays quiet", () => {
  assert.equal(paint([4]), "....");
});

test("a probable window is painted from its own place on", () => {
  assert.equal(paint([4, "probable", 2]), "...???");
});

test("confirmed speech is painted as sent with its pre-roll of fifteen windows", () => {
  assert.equal(paint([20, "probable", 2, "confirmed", 3]), ".".repeat(4) + "#".repeat(21));
});

test("a pre-roll never reaches before the start of the call", () => {
  assert.equal(paint([3, "probable", 2, "confirmed", 1]), "######");
});

test("windows after the end are quiet again", () => {
  assert.equal(paint([1, "probable", "confirmed", 2, "ended", 2]), "###..");
});

test("what turns out too short becomes quiet again", () => {
  assert.equal(paint([3, "probable", 1, "retracted", 2]), "......");
});

test("speech cut for its length goes on as sent", () => {
  assert.equal(paint([1, "probable", "confirmed", 2, "ended", "confirmed", 2]), "#####");
});

test("a new call starts on an empty tape", () => {
  const tape = new Tape(10);
  tape.push(1);
  tape.handleStep("probable");
  tape.clear();
  assert.equal(tape.count, 0);
  tape.push(1);
  assert.equal(tape.window(0).tone, Tone.QUIET);
});

test("holds only the newest windows", () => {
  const tape = new Tape(3);
  for (const height of [0.1, 0.2, 0.3, 0.4]) tape.push(height);
  assert.equal(tape.window(0), null);
  assert.equal(tape.window(4), null);
  assert.ok(Math.abs(tape.window(3).height - 0.4) < 1e-6);
});

test("speech longer than the tape is repainted only as far as the tape reaches", () => {
  assert.equal(paint([30, "probable", 10, "confirmed", 1], 8), " ".repeat(33) + "########");
});

test("the scale runs from the floor to full scale and no further", () => {
  for (const [dbfs, height] of [[FLOOR_DBFS, 0], [-30, 0.5], [0, 1], [6, 1], [-120, 0], [-Infinity, 0], [NaN, 0]]) {
    assert.equal(toHeight(dbfs), height, String(dbfs));
  }
});
