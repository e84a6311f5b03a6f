// The state of the call page, as a pure reducer: `reduce(state, event, nowMs)` gives the next state.
//
// No DOM, no clock, no module loading. Events are those of the capture module (`state`, `speech`,
// `heard`, `say`, `callState`, `ended`, `failed`) and those of the page itself (`call-pressed`,
// `hang-up-pressed`, `hang-up-overdue`). Unknown events leave the state as it is.
// `level` is not kept here: it comes 31 times a second and goes straight to the meter.
//
// A state is `{ phase, call }` and, where the phase has something to tell, `ending` or `failure`:
//
//   idle                                        nothing has happened yet
//   starting, needs-gesture,
//   requesting-microphone                       the call is being set up
//   listening, speaking                         on the call
//   ended    + ending  { reason, text }         over, as it should be or by the relay's decision
//   failed   + failure { code, message, ... }   over, and something was at fault
//
// `call` is the record of the newest call, kept after its end; null before the first one.

/** Phases in which a call is under way and can be hung up. */
export const ACTIVE_PHASES = ["starting", "needs-gesture", "requesting-microphone", "listening", "speaking"];

/** Phases that mean the microphone is on. */
const ON_CALL_PHASES = ["listening", "speaking"];

/** How many segments and sayings are kept for showing; older ones live on in the totals only. */
export const MAX_SEGMENTS = 200;
export const MAX_SAYINGS = 50;

/** Steps of a segment in their order: a late message never takes a segment back. */
const STEP_RANK = { probable: 0, confirmed: 1, ended: 2, retracted: 2 };

/** The state before anything has happened. */
export function initialState() {
  return { phase: "idle", call: null };
}

/** The next state. Returns the very same object when the event changes nothing. */
export function reduce(state, event, nowMs) {
  switch (event.type) {
    case "call-pressed":
      return isActive(state) ? state : { phase: "starting", call: newCall() };
    case "hang-up-pressed":
      return onHangUpPressed(state, nowMs);
    case "hang-up-overdue":
      return state.call?.hangingUp ? end(state, { reason: "hangup", text: "" }, nowMs) : state;
    case "state":
      return onModuleState(state, event.state, nowMs);
    case "ended":
      return end(state, { reason: event.reason ?? null, text: event.text ?? "" }, nowMs);
    case "failed":
      return fail(state, toFailure(event), nowMs);
    case "speech":
      return withCall(state, (call) => onSpeech(call, event));
    case "heard":
      return withCall(state, (call) => onHeard(call, event));
    case "say":
      return withCall(state, (call) => onSay(call, event));
    default:
      return state;
  }
}

/** Whether a call is under way, from the press of the button to its end. */
export function isActive(state) {
  return ACTIVE_PHASES.includes(state.phase);
}

/** Whether the microphone is on. */
export function isOnCall(state) {
  return ON_CALL_PHASES.includes(state.phase);
}

/** Segments that the relay has told of, newest first. */
export function heardSegments(state) {
  const segments = state.call?.segments ?? [];
  return segments.filter((segment) => segment.heard !== null).reverse();
}

/** Milliseconds since the microphone was opened, up to the end of the call; null before. */
export function callMs(state, nowMs) {
  const { call } = state;
  if (!call || call.openedMs === null) return null;
  return Math.max(0, (call.closedMs ?? nowMs) - call.openedMs);
}

/**
 * What a call amounts to: its length, the pieces of speech sent, and how much of the microphone's
 * time was not sent. Null for a call whose microphone was never opened.
 */
export function summarize(state, nowMs) {
  const lengthMs = callMs(state, nowMs);
  if (lengthMs === null) return null;
  const { segments, older } = state.call;
  const sent = segments.filter((segment) => segment.sent);
  const pieces = older.pieces + sent.length;
  const unconfirmed = older.unconfirmed + sent.filter((segment) => segment.heard !== "ended").length;
  const total = sent.reduce((sum, segment) => sum + sentMs(segment), older.sentMs);
  const totalMs = Math.min(total, lengthMs);
  const unsentMs = lengthMs - totalMs;
  const unsentShare = lengthMs > 0 ? unsentMs / lengthMs : 0;
  return { lengthMs, pieces, unconfirmed, sentMs: totalMs, unsentMs, unsentShare };
}

function newCall() {
  return {
    openedMs: null,
    closedMs: null,
    hangingUp: false,
    sayings: [],
    segments: [],
    older: { before: 0, pieces: 0, sentMs: 0, unconfirmed: 0 },
  };
}

function onHangUpPressed(state, nowMs) {
  if (!isActive(state)) return state;
  // Before the microphone is open there is nothing to wait for.
  if (!isOnCall(state)) return end(state, { reason: "cancelled", text: "" }, nowMs);
  if (state.call.hangingUp) return state;
  return { ...state, call: { ...state.call, hangingUp: true } };
}

function onModuleState(state, phase, nowMs) {
  if (phase === "ended") return end(state, { reason: null, text: "" }, nowMs);
  if (phase === "failed") return fail(state, unknownFailure(), nowMs);
  if (!isActive(state) || !ACTIVE_PHASES.includes(phase) || phase === state.phase) return state;
  const opens = ON_CALL_PHASES.includes(phase) && state.call.openedMs === null;
  const call = opens ? { ...state.call, openedMs: nowMs } : state.call;
  return { phase, call };
}

/** Ends an active call; for a call that has ended without a reason, supplies the reason. */
function end(state, ending, nowMs) {
  if (state.phase === "ended" && state.ending.reason === null && ending.reason !== null) {
    return { ...state, ending };
  }
  if (!isActive(state)) return state;
  const known = ending.reason ?? (state.call.hangingUp ? "hangup" : null);
  return { phase: "ended", call: closed(state.call, nowMs), ending: { ...ending, reason: known } };
}

/** The first failure that says what happened is the one that counts. */
function fail(state, failure, nowMs) {
  if (state.phase === "ended") return state;
  if (state.phase === "failed" && (state.failure.code !== "unknown" || failure.code === "unknown")) {
    return state;
  }
  return { phase: "failed", call: closed(state.call, nowMs), failure };
}

/**
 * The call's record at its end: what the relay had not heard the end of is cut off. Of speech whose
 * end is not known everything since its onset counts as sent: rather too much than too little.
 */
function closed(call, nowMs) {
  if (!call || call.closedMs !== null) return call;
  const isOpen = ({ heard }) => heard === "probable" || heard === "confirmed";
  const sinceMs = ({ onsetMs }) => Math.max(0, nowMs - (call.openedMs ?? nowMs) - onsetMs);
  const segments = call.segments.map((segment) => ({
    ...segment,
    cutOff: isOpen(segment) || segment.cutOff,
    speechMs: segment.sent && sentMs(segment) === 0 ? sinceMs(segment) : segment.speechMs,
  }));
  return { ...call, closedMs: nowMs, hangingUp: false, segments };
}

function unknownFailure() {
  return { code: "unknown", message: "", nextStep: "", detail: "" };
}

function toFailure(event) {
  return {
    code: words(event.code) || "unknown",
    message: words(event.message),
    nextStep: words(event.nextStep),
    detail: words(event.detail),
  };
}

/** Text as it may be shown; `detail` may be any value. */
function words(value) {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

function withCall(state, change) {
  if (!state.call) return state;
  const call = change(state.call);
  return call === state.call ? state : { ...state, call };
}

/** What this browser's detector found: confirmed speech is on its way to the relay. */
function onSpeech(call, { segment, step, onsetMs, offsetMs }) {
  const wasSent = find(call, segment).sent;
  return putSegment(call, segment, {
    sent: wasSent || step === "confirmed" || step === "ended",
    onsetMs: number(onsetMs),
    speechMs: step === "ended" ? length(onsetMs, offsetMs) : undefined,
  });
}

/** What the relay says it has received. */
function onHeard(call, { segment, state, onsetMs, offsetMs, audioMs, envelope }) {
  const known = find(call, segment);
  if (!(state in STEP_RANK)) return call;
  if (known.heard !== null && STEP_RANK[state] < STEP_RANK[known.heard]) return call;
  return putSegment(call, segment, {
    sent: known.sent || state === "confirmed" || state === "ended",
    heard: state,
    cutOff: false,
    onsetMs: number(onsetMs),
    lengthMs: length(onsetMs, offsetMs),
    audioMs: number(audioMs),
    envelope: envelope?.length ? Array.from(envelope) : undefined,
  });
}

function onSay(call, { prompt, text, language }) {
  const saying = { prompt, text: words(text), language: words(language) };
  // After a reconnect the relay may say again what it said before.
  const others = call.sayings.filter((known) => known.prompt !== prompt);
  return { ...call, sayings: [...others, saying].slice(-MAX_SAYINGS) };
}

function find(call, number) {
  return (
    call.segments.find((segment) => segment.segment === number) ?? {
      segment: number,
      sent: false,
      speechMs: 0,
      heard: null,
      cutOff: false,
      onsetMs: 0,
      lengthMs: 0,
      audioMs: 0,
      envelope: [],
    }
  );
}

/** Changes or adds a segment; undefined values keep what was known. */
function putSegment(call, number, changes) {
  if (number < call.older.before) return call;
  const known = Object.entries(changes).filter(([, value]) => value !== undefined);
  const segment = { ...find(call, number), ...Object.fromEntries(known) };
  const others = call.segments.filter((other) => other.segment !== number);
  const segments = [...others, segment].sort((a, b) => a.segment - b.segment);
  const older = segments.length > MAX_SEGMENTS ? addToTotals(call.older, segments.shift()) : call.older;
  return { ...call, segments, older };
}

function addToTotals(totals, segment) {
  const before = segment.segment + 1;
  if (!segment.sent) return { ...totals, before };
  return {
    before,
    pieces: totals.pieces + 1,
    sentMs: totals.sentMs + sentMs(segment),
    unconfirmed: totals.unconfirmed + (segment.heard === "ended" ? 0 : 1),
  };
}

/** Audio sent for a segment: the relay's measure, or the bare speech while that is not known. */
function sentMs(segment) {
  return segment.audioMs || segment.speechMs;
}

function length(onsetMs, offsetMs) {
  return Math.max(0, number(offsetMs) - number(onsetMs));
}

function number(value) {
  const figure = Number(value);
  return Number.isFinite(figure) ? figure : 0;
}
