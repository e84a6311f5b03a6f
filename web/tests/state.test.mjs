// The call page's state: scripts of events in, states and summaries out.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  MAX_SAYINGS,
  MAX_SEGMENTS,
  callMs,
  heardSegments,
  initialState,
  isActive,
  isOnCall,
  reduce,
  summarize,
} from "../call-page/state.js";

const press = { type: "call-pressed" };
const hangUp = { type: "hang-up-pressed" };
const moduleState = (state) => ({ type: "state", state });
const ended = (reason, text = "") => ({ type: "ended", reason, text });
const failed = (code, rest = {}) => ({ type: "failed", code, message: "m", nextStep: "n", detail: "d", ...rest });
const speech = (step, segment, onsetMs, offsetMs) => ({ type: "speech", step, segment, onsetMs, offsetMs });
const heard = (state, segment, onsetMs, offsetMs, audioMs = 0, envelope = []) =>
  ({ type: "heard", state, segment, onsetMs, offsetMs, audioMs, envelope });
const say = (prompt, text) => ({ type: "say", prompt, text, language: "en" });

const UP_TO_LISTENING = [press, moduleState("starting"), moduleState("requesting-microphone"), moduleState("listening")];

/** Plays events one after the other; a number sets the clock for those that follow. */
function play(script, state = initialState()) {
  let nowMs = 0;
  for (const step of script) {
    if (typeof step === "number") nowMs = step;
    else state = reduce(state, step, nowMs);
  }
  return state;
}

test("walks from the press of the button to speaking and back", () => {
  const phases = [];
  let state = initialState();
  phases.push(state.phase);
  for (const event of [...UP_TO_LISTENING, moduleState("speaking"), moduleState("listening")]) {
    state = reduce(state, event, 0);
    phases.push(state.phase);
  }
  assert.deepEqual(phases, [
    "idle", "starting", "starting", "requesting-microphone", "listening", "speaking", "listening",
  ]);
});

test("waits for a touch of the page where the browser holds sound back", () => {
  const state = play([press, moduleState("needs-gesture")]);
  assert.equal(state.phase, "needs-gesture");
  assert.ok(isActive(state) && !isOnCall(state));
});

test("an event that changes nothing gives the very same state", () => {
  const state = play(UP_TO_LISTENING);
  for (const event of [press, moduleState("listening"), { type: "callState", state: "greeting" }, { type: "new" }]) {
    assert.equal(reduce(state, event, 5), state);
  }
});

test("a state that nobody knows is left aside", () => {
  assert.equal(play([...UP_TO_LISTENING, moduleState("dancing")]).phase, "listening");
});

test("module events before the first call change nothing", () => {
  const state = initialState();
  for (const event of [moduleState("listening"), ended("hangup"), heard("ended", 0, 0, 900), say("a", "hello"), hangUp]) {
    assert.equal(reduce(state, event, 0), state);
  }
});

test("hanging up on a call waits until the module tells its end", () => {
  const waiting = play([...UP_TO_LISTENING, hangUp]);
  assert.equal(waiting.phase, "listening");
  assert.ok(waiting.call.hangingUp);
  const over = play([ended("hangup")], waiting);
  assert.equal(over.phase, "ended");
  assert.equal(over.ending.reason, "hangup");
  assert.ok(!over.call.hangingUp);
});

test("a hang-up that nobody answers ends the call all the same", () => {
  const state = play([...UP_TO_LISTENING, hangUp, { type: "hang-up-overdue" }]);
  assert.deepEqual([state.phase, state.ending.reason], ["ended", "hangup"]);
});

test("an overdue hang-up does not touch a call that goes on", () => {
  const state = play(UP_TO_LISTENING);
  assert.equal(reduce(state, { type: "hang-up-overdue" }, 0), state);
});

test("hanging up before the microphone is open ends at once, with nothing to sum up", () => {
  for (const setUp of [[press], [press, moduleState("requesting-microphone")]]) {
    const state = play([...setUp, hangUp]);
    assert.deepEqual([state.phase, state.ending.reason], ["ended", "cancelled"]);
    assert.equal(summarize(state, 100), null);
  }
});

test("the reason for an end is kept in whichever order the module tells it", () => {
  const shutdown = ended("relay_shutdown", "back soon");
  for (const order of [[shutdown, moduleState("ended")], [moduleState("ended"), shutdown]]) {
    const state = play([...UP_TO_LISTENING, ...order]);
    assert.equal(state.phase, "ended");
    assert.deepEqual(state.ending, { reason: "relay_shutdown", text: "back soon" });
  }
});

test("the first failure that says what happened is the one that counts", () => {
  const lost = failed("relay-lost");
  for (const order of [[lost, moduleState("failed")], [moduleState("failed"), lost], [lost, failed("protocol")]]) {
    const state = play([...UP_TO_LISTENING, ...order]);
    assert.equal(state.phase, "failed");
    assert.equal(state.failure.code, "relay-lost");
  }
});

test("a failure without details is told as unknown", () => {
  assert.equal(play([press, moduleState("failed")]).failure.code, "unknown");
  assert.equal(play([press, { type: "failed" }]).failure.code, "unknown");
});

test("the detail of a failure may be any value", () => {
  const state = play([press, failed("asset-missing", { detail: { status: 404 } })]);
  assert.equal(state.failure.detail, '{"status":404}');
});

test("a page that could not load its parts fails before any call", () => {
  const state = play([failed("asset-missing")]);
  assert.deepEqual([state.phase, state.call], ["failed", null]);
});

test("what comes after the end does not wake the call", () => {
  for (const end of [ended("hangup"), failed("relay-lost")]) {
    const over = play([...UP_TO_LISTENING, end]);
    for (const late of [moduleState("listening"), moduleState("speaking"), hangUp]) {
      assert.equal(reduce(over, late, 0), over);
    }
  }
  const hungUp = play([...UP_TO_LISTENING, ended("hangup")]);
  assert.equal(reduce(hungUp, failed("relay-lost"), 0), hungUp);
});

test("calling again starts with a clean record", () => {
  for (const end of [ended("hangup"), failed("relay-lost")]) {
    const state = play([...UP_TO_LISTENING, heard("ended", 0, 0, 900, 1500), say("a", "hello"), end, press]);
    assert.equal(state.phase, "starting");
    assert.deepEqual([state.call.segments, state.call.sayings, state.call.openedMs], [[], [], null]);
    assert.equal(state.failure, undefined);
  }
});

test("the call's length runs from the open microphone to the end", () => {
  const state = play([press, 1000, moduleState("listening"), 3000, moduleState("speaking")]);
  assert.equal(callMs(state, 5000), 4000);
  const over = play([6000, ended("hangup")], state);
  assert.equal(callMs(over, 99_000), 5000);
  assert.equal(callMs(play([press]), 1000), null);
});

test("a segment goes through its steps in place", () => {
  const script = [
    heard("probable", 0, 320, 320),
    heard("confirmed", 0, 320, 900, 1000, [10, 20]),
    heard("ended", 0, 320, 2320, 3000, [10, 20, 30]),
  ];
  const [segment, ...others] = heardSegments(play([...UP_TO_LISTENING, ...script]));
  assert.deepEqual(others, []);
  assert.equal(segment.heard, "ended");
  assert.deepEqual([segment.onsetMs, segment.lengthMs, segment.audioMs], [320, 2000, 3000]);
  assert.deepEqual(segment.envelope, [10, 20, 30]);
});

test("a late message never takes a segment back", () => {
  for (const last of ["ended", "retracted"]) {
    const state = play([...UP_TO_LISTENING, heard(last, 0, 0, 900), heard("probable", 0, 0, 0)]);
    assert.equal(heardSegments(state)[0].heard, last);
  }
});

test("an update without an envelope keeps the one that is known", () => {
  const script = [heard("confirmed", 0, 0, 500, 900, [7, 8]), heard("ended", 0, 0, 900, 1500, undefined)];
  assert.deepEqual(heardSegments(play([...UP_TO_LISTENING, ...script]))[0].envelope, [7, 8]);
});

test("what the relay heard is listed newest first, and only what the relay heard", () => {
  const state = play([
    ...UP_TO_LISTENING,
    heard("ended", 0, 0, 900),
    heard("retracted", 1, 2000, 2064),
    heard("probable", 2, 4000, 4000),
    speech("confirmed", 3, 9000),
  ]);
  assert.deepEqual(heardSegments(state).map(({ segment }) => segment), [2, 1, 0]);
});

test("only changed segments become new objects", () => {
  const before = play([...UP_TO_LISTENING, heard("ended", 0, 0, 900), heard("confirmed", 1, 2000, 2500)]);
  const after = play([heard("ended", 1, 2000, 3000)], before);
  assert.equal(heardSegments(after)[1], heardSegments(before)[1]);
  assert.notEqual(heardSegments(after)[0], heardSegments(before)[0]);
});

test("a segment that the end of the call interrupts is marked, until the relay tells its end", () => {
  const cut = play([...UP_TO_LISTENING, heard("ended", 0, 0, 900), heard("confirmed", 1, 2000, 2500), ended("fault")]);
  assert.deepEqual(heardSegments(cut).map(({ cutOff }) => cutOff), [true, false]);
  const told = play([heard("ended", 1, 2000, 2600, 3000)], cut);
  assert.deepEqual(heardSegments(told).map(({ cutOff }) => cutOff), [false, false]);
});

test("the summary tells how much of the microphone's time was not sent", () => {
  const state = play([
    press,
    moduleState("listening"),
    speech("confirmed", 0, 1000),
    speech("ended", 0, 1000, 2000),
    heard("ended", 0, 1000, 2000, 2000),
    speech("retracted", 1, 3000),
    heard("retracted", 1, 3000, 3064),
    10_000,
    ended("hangup"),
  ]);
  assert.deepEqual(summarize(state, 0), {
    lengthMs: 10_000,
    pieces: 1,
    unconfirmed: 0,
    sentMs: 2000,
    unsentMs: 8000,
    unsentShare: 0.8,
  });
});

test("speech that the relay has not confirmed counts as sent, by its bare length", () => {
  const script = [speech("confirmed", 0, 1000), speech("ended", 0, 1000, 2500), 5000, ended("fault")];
  const { pieces, unconfirmed, sentMs } = summarize(play([...UP_TO_LISTENING, ...script]), 0);
  assert.deepEqual({ pieces, unconfirmed, sentMs }, { pieces: 1, unconfirmed: 1, sentMs: 1500 });
});

test("speech that was cut off counts as sent from its onset: never less than was sent", () => {
  const script = [speech("confirmed", 0, 1000), heard("confirmed", 0, 1000, 1000), 6000, ended("fault")];
  const { sentMs, unsentMs } = summarize(play([...UP_TO_LISTENING, ...script]), 0);
  assert.deepEqual({ sentMs, unsentMs }, { sentMs: 5000, unsentMs: 1000 });
});

test("what the relay still confirms after the end corrects the summary", () => {
  const over = play([...UP_TO_LISTENING, speech("confirmed", 0, 0), 4000, ended("hangup")]);
  assert.equal(summarize(over, 0).unconfirmed, 1);
  const corrected = play([heard("ended", 0, 0, 900, 1500)], over);
  assert.deepEqual([summarize(corrected, 0).unconfirmed, summarize(corrected, 0).sentMs], [0, 1500]);
});

test("never claims to have sent more than the call was long", () => {
  const state = play([...UP_TO_LISTENING, heard("ended", 0, 0, 9000, 9900), 5000, ended("hangup")]);
  const { sentMs, unsentMs, unsentShare } = summarize(state, 0);
  assert.deepEqual([sentMs, unsentMs, unsentShare], [5000, 0, 0]);
});

test("a call of no length has nothing unsent", () => {
  const { unsentShare } = summarize(play([...UP_TO_LISTENING, ended("hangup")]), 0);
  assert.equal(unsentShare, 0);
});

test("shows a bounded number of segments and still counts all of them", () => {
  const many = Array.from({ length: MAX_SEGMENTS + 30 }, (_, n) => heard("ended", n, n * 1000, n * 1000 + 500, 600));
  const state = play([...UP_TO_LISTENING, ...many, 1_000_000, ended("hangup")]);
  const { pieces, sentMs } = summarize(state, 0);
  assert.equal(heardSegments(state).length, MAX_SEGMENTS);
  assert.equal(heardSegments(state)[0].segment, MAX_SEGMENTS + 29);
  assert.deepEqual([pieces, sentMs], [MAX_SEGMENTS + 30, (MAX_SEGMENTS + 30) * 600]);
  // A late word about a segment that is counted already is not counted twice.
  assert.equal(summarize(play([heard("ended", 0, 0, 500, 600)], state), 0).pieces, MAX_SEGMENTS + 30);
});

test("keeps the assistant's words in order, each prompt once, and not without end", () => {
  const state = play([...UP_TO_LISTENING, say("a", "hello"), say("b", "yes?"), say("b", "yes, please?")]);
  assert.deepEqual(state.call.sayings.map(({ text }) => text), ["hello", "yes, please?"]);
  const many = Array.from({ length: MAX_SAYINGS + 5 }, (_, n) => say(`p${n}`, `text ${n}`));
  const { sayings } = play([...UP_TO_LISTENING, ...many]).call;
  assert.equal(sayings.length, MAX_SAYINGS);
  assert.equal(sayings.at(-1).text, `text ${MAX_SAYINGS + 4}`);
});

test("figures that are missing or no numbers are taken as zero", () => {
  const odd = { type: "heard", state: "ended", segment: 0, onsetMs: undefined, offsetMs: "x", audioMs: NaN };
  const [segment] = heardSegments(play([...UP_TO_LISTENING, odd]));
  assert.deepEqual([segment.onsetMs, segment.lengthMs, segment.audioMs, segment.envelope], [0, 0, 0, []]);
});
