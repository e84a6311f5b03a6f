// The texts: every state and failure has its words, and figures read as a person would say them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ACTIVE_PHASES } from "../call-page/state.js";
import { texts } from "../call-page/texts.js";

/** The codes that the capture module declares in its types, and the page's own. */
const TYPES = readFileSync(new URL("../../capture-wasm/src/types.d.ts", import.meta.url), "utf8");
const DECLARED = TYPES.match(/type FailureCode =([^;]+);/)[1].match(/[a-z]+(-[a-z]+)*(?=")/g);
const FAILURE_CODES = [...DECLARED, "no-webassembly"];

const report = (code, rest = {}) => ({ code, message: "", nextStep: "", detail: "", ...rest });
const plain = (text) => text.replaceAll("\u00a0", " ");

test("every phase has a title, and every phase of a call its words and hint", () => {
  for (const phase of ["idle", ...ACTIVE_PHASES, "ended", "failed"]) assert.match(texts.titles[phase], /Switchboard$/);
  for (const phase of ["idle", ...ACTIVE_PHASES]) {
    assert.ok(texts.states[phase], phase);
    assert.ok(texts.hints[phase]("relay.example").length > 0, phase);
  }
});

test("the capture module's failure codes are found", () => {
  assert.ok(DECLARED.includes("microphone-lost") && DECLARED.length >= 17, DECLARED.join());
});

test("every failure code has words of its own: whose fault, what, and what to do", () => {
  const titles = FAILURE_CODES.map((code) => {
    const words = texts.failure(report(code), "relay.example");
    for (const part of ["fault", "title", "what", "next"]) assert.ok(words[part].length > 0, `${code} ${part}`);
    return words.title;
  });
  assert.equal(new Set(titles).size, FAILURE_CODES.length);
});

test("a failure that is new to the page is told in the module's own words", () => {
  const words = texts.failure(report("moon-phase", { message: "The moon is wrong.", nextStep: "Wait." }), "h");
  assert.deepEqual([words.what, words.next], ["The moon is wrong.", "Wait."]);
});

test("the line for developers holds the code and the exact detail", () => {
  const url = "https://a.example/capture/worklet.simd.wasm";
  const { detail } = texts.failure(report("asset-missing", { detail: `${url}: HTTP 404` }), "h");
  assert.equal(detail, `asset-missing: ${url}: HTTP 404`);
});

test("an end is explained, whatever its reason", () => {
  for (const reason of ["hangup", "relay_shutdown", "fault", "limit", "cancelled", null, "something new"]) {
    assert.ok(texts.ending({ reason, text: "" }).length > 0, String(reason));
  }
  assert.match(texts.ending({ reason: "limit", text: "Five minutes are over." }), /Five minutes are over\.$/);
});

test("durations are rounded as a person would read them", () => {
  for (const [ms, text] of [[0, "0.0 s"], [8449, "8.4 s"], [59_940, "59.9 s"], [59_960, "1 min 0 s"], [125_400, "2 min 5 s"]]) {
    assert.equal(plain(texts.heardLength(ms)), text);
  }
});

test("the clock counts minutes and seconds", () => {
  for (const [ms, text] of [[0, "0:00"], [9999, "0:09"], [61_000, "1:01"], [3_600_000, "60:00"]]) {
    assert.equal(texts.clock(ms), text);
  }
});

test("only what is really all is called 100 percent", () => {
  const unsent = (unsentShare) => texts.summaryValues({ lengthMs: 1, pieces: 0, unsentShare }).unsent;
  assert.equal(unsent(1), "100%");
  assert.equal(unsent(0.9999), "99%");
  assert.equal(unsent(0.8), "80%");
});

test("the summary counts pieces in words and owns up to what is not confirmed", () => {
  const note = (pieces, unconfirmed) =>
    plain(texts.summaryNote({ lengthMs: 10_000, sentMs: 2000, unsentMs: 8000, pieces, unconfirmed }));
  assert.equal(note(2, 0), "Of 10.0 s with the microphone on, 8.0 s stayed on this device; 2.0 s of speech went to the relay.");
  assert.match(note(2, 1), /has not confirmed the whole of 1 piece\.$/);
  assert.match(note(1, 1), /has not confirmed the whole of it\.$/);
  assert.match(note(0, 0), /no speech was found\.$/);
});
