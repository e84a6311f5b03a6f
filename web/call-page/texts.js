// Every sentence of the call page. A second language is a second object of the same shape.
// Entries are strings, or functions of the figures and names that belong in the sentence.

const LANGUAGE = "en";

/** Keeps a figure and its unit on one line. */
const NBSP = "\u00a0";

const plural = new Intl.PluralRules(LANGUAGE);
const oneDecimal = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percentage = new Intl.NumberFormat(LANGUAGE, { style: "percent", maximumFractionDigits: 0 });

/** Seconds below one minute, minutes and seconds above. */
function duration(ms) {
  // Compared after rounding: 59.97 s is one minute, not "60.0 s".
  if (Math.round(ms / 100) < 600) return `${oneDecimal.format(ms / 1000)}${NBSP}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}${NBSP}min ${seconds % 60}${NBSP}s`;
}

/** Time on a clock that starts at 0:00. */
function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A share in percent. Only what is really all is called 100 %. */
function share(part) {
  return percentage.format(part < 1 ? Math.min(part, 0.99) : 1);
}

function pieces(count) {
  return plural.select(count) === "one" ? "1 piece" : `${count} pieces`;
}

const allowInBrowser = (host) =>
  `Press the icon to the left of the address (a lock or two sliders), allow the microphone for ${host}, then press Try again.`;

const useThisBrowser = "Use an up-to-date Chrome, Edge, Firefox or Safari.";

const tellOperator = "Try again in a moment. If it stays like this, tell whoever runs this site and give them the line below.";

/**
 * Per failure code: on whose side the fault lies, what happened, and what to do next.
 * `failure` is what the capture module reported, `host` the relay's address.
 */
const failures = {
  "insecure-page": {
    fault: "The address of this page",
    title: "This address is not secure",
    what: "Browsers give the microphone only to pages opened over https:// (or on this very computer, as localhost).",
    next: "Open this page with https:// in front of its address. If it has no such address, whoever runs this site has to set one up.",
  },
  "no-media-api": {
    fault: "This browser",
    title: "This browser cannot use a microphone",
    what: "It offers web pages no way to a microphone, or that way is switched off by a policy.",
    next: `${useThisBrowser} Inside another app, choose “Open in browser”.`,
  },
  "no-audio-worklet": {
    fault: "This browser",
    title: "This browser is too old for the call",
    what: "It cannot run the speech detector beside its audio, which is what keeps your silence on this device.",
    next: useThisBrowser,
  },
  "no-webassembly": {
    fault: "This browser",
    title: "WebAssembly is switched off",
    what: "The speech detector is a WebAssembly module, and this browser, or a setting of it, does not run any.",
    next: "Switch it on again (strict security modes switch it off), or use another browser.",
  },
  "permission-denied": {
    fault: "A setting on your side",
    title: "The microphone is blocked",
    what: "You, your browser or your system’s settings said no to the microphone. Nothing was heard and nothing was sent.",
    next: (host) =>
      `${allowInBrowser(host)} If it is blocked again, allow your browser to use the microphone in your system’s privacy settings.`,
  },
  "permission-dismissed": {
    fault: "A question left open",
    title: "The browser’s question was closed",
    what: "The browser asked for the microphone and got no answer. Nothing was heard and nothing was sent.",
    next: (host) => `Press Try again and choose Allow. If no question appears: ${lower(allowInBrowser(host))}`,
  },
  "no-microphone": {
    fault: "Your device",
    title: "No microphone found",
    what: "Your browser does not see any microphone on this device.",
    next: "Plug one in or switch your headset on, check that it is not disabled in the system’s sound settings, then press Try again.",
  },
  "microphone-busy": {
    fault: "Your device",
    title: "The microphone is in use",
    what: "Another program holds the microphone, or the system refused to open it.",
    next: "Close other calls, meetings and recorders, then press Try again. If that does not help, unplug the microphone and plug it in again.",
  },
  "microphone-lost": {
    fault: "Your device",
    title: "The microphone went away",
    what: "It was unplugged, switched off or taken away from this page during the call.",
    next: "Plug it in again, or allow it again in the browser or the system, then press Try again.",
  },
  "constraints-impossible": {
    fault: "Your device",
    title: "This microphone does not fit",
    what: "None of the microphones found can deliver what the call asks for.",
    next: "Choose another microphone in your browser’s or system’s settings, then press Try again.",
  },
  aborted: {
    fault: "Your device",
    title: "The microphone did not start",
    what: "Your browser or system gave up while it was opening the microphone.",
    next: "Press Try again. If it happens again, unplug the microphone and plug it in again, or restart the browser.",
  },
  "asset-missing": {
    fault: "This site, not you",
    title: "A part of this page is missing",
    what: "A file that the call needs could not be loaded. Its address is in the line below.",
    next: "Check your connection, then press Try again. If it stays like this, tell whoever runs this site and give them the line below.",
  },
  "audio-blocked": {
    fault: "A rule of your browser",
    title: "Your browser kept the sound off",
    what: "It lets a page use sound only after somebody has touched the page, and it waited in vain.",
    next: "Press Try again. If it happens again, allow sound for this site in your browser’s site settings.",
  },
  "capture-fault": {
    fault: "This page, not you",
    title: "The call page made a mistake",
    what: "The part that listens to the microphone stopped by a fault of its own.",
    next: tellOperator,
  },
  "relay-unreachable": {
    fault: "The relay or the network",
    title: "The relay does not answer",
    what: (host) => `No connection to ${host} came about. Your microphone was not opened.`,
    next: "Check that you are online, then press Try again. If you run the relay yourself, check that it is started.",
  },
  "relay-refused": {
    fault: "The relay, not you",
    title: "The relay did not take the call",
    what: (host) => `${host} answered but turned the call down. Its reason is in the line below.`,
    next: "It may be too busy: press Try again in a minute. If it stays like this, tell whoever runs this site and give them the line below.",
  },
  "relay-lost": {
    fault: "The relay or the network",
    title: "The call was cut off",
    what: (host) => `The connection to ${host} broke. Your microphone is off.`,
    next: "Check that you are online, then press Try again to start a new call.",
  },
  protocol: {
    fault: "This site, not you",
    title: "Page and relay do not understand each other",
    what: "They seem to be of different versions. Your microphone is off.",
    next: "Reload the page to get its newest version. If that does not help, tell whoever runs this site and give them the line below.",
  },
};

const unknownFailure = {
  fault: "This page, not you",
  title: "The call could not go on",
  what: "Something failed that this page has no words for. Your microphone is off.",
  next: tellOperator,
};

function lower(sentence) {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** The words for a failure; an unknown code is told in the capture module's own words. */
function failure(reported, host) {
  const known = failures[reported.code];
  const words = known ?? unknownFailure;
  const say = (entry) => (typeof entry === "function" ? entry(host) : entry);
  return {
    fault: words.fault,
    title: words.title,
    what: known ? say(known.what) : reported.message || unknownFailure.what,
    next: known ? say(known.next) : reported.nextStep || unknownFailure.next,
    detail: [reported.code, reported.detail].filter(Boolean).join(": "),
  };
}

const endings = {
  cancelled: "You hung up before the microphone was opened. Nothing was sent.",
  hangup: "The microphone is off.",
  relay_shutdown: "The relay is shutting down and had to end the call. Please call again in a minute.",
  fault: "The relay ran into a fault of its own and ended the call; you did nothing wrong. Please call again.",
  limit: "The relay ended the call because it had reached a limit.",
  unknown: "The call is over. The microphone is off.",
};

export const texts = {
  language: LANGUAGE,

  titles: {
    idle: "Switchboard",
    starting: "Calling – Switchboard",
    "needs-gesture": "Touch the page – Switchboard",
    "requesting-microphone": "Allow the microphone – Switchboard",
    listening: "On a call – Switchboard",
    speaking: "On a call – Switchboard",
    ended: "Call ended – Switchboard",
    failed: "Call failed – Switchboard",
  },

  /** The large words; a failure has its own title. */
  states: {
    idle: "Ready to call",
    starting: "Calling",
    "needs-gesture": "Touch the page",
    "requesting-microphone": "May the page listen?",
    listening: "Listening",
    speaking: "Hearing you",
    ended: "Call ended",
  },
  hangingUp: "Hanging up",

  hints: {
    idle: () => "Press Call and speak. No account, nothing to install.",
    starting: (host) => `Getting the speech detector ready and reaching ${host}. Your microphone is still off.`,
    "needs-gesture": () =>
      "Your browser holds all sound back until you touch the page. Click or tap beside the button, or press an arrow key.",
    "requesting-microphone": (host) =>
      `Your browser asks whether ${host} may use your microphone. Choose Allow: the call needs it to hear you. It is used for this call only and goes off when you hang up.`,
    listening: () => "Speak whenever you like. Silence stays on this device.",
    speaking: () => "Your words are on their way to the relay.",
  },
  /** Under “Call ended”: why, in our words, then in the relay's where it gave some. */
  ending: ({ reason, text }) => [endings[reason] ?? endings.unknown, reason === "hangup" ? "" : text].join(" ").trim(),

  buttons: { call: "Call", hangUp: "Hang up", hangingUp: "Hanging up…", tryAgain: "Try again", callAgain: "Call again" },
  escapeKey: "Esc",
  escapeHint: "hangs up too",

  /** Spoken by screen readers when the state changes. Listening and speaking are not told apart. */
  announcements: {
    starting: "Calling. Your microphone is still off.",
    "needs-gesture": "Your browser holds all sound back until you touch the page. Press an arrow key.",
    "requesting-microphone": (host) => `Your browser asks whether ${host} may use your microphone. Choose Allow.`,
    onCall: "You are on a call. The microphone is on, speak now. Press Escape to hang up.",
    hangingUp: "Hanging up.",
    ended: (ending, summary) => `Call ended. ${ending}${summary ? ` ${summary}` : ""}`,
    failed: ({ title, what, next }) => `${title}. ${what} ${next}`,
  },

  failure,
  failureNextLabel: "What you can do",

  relay: (host) => `Relay ${host}`,
  privacy: (host) =>
    `Of all that your microphone hears, only speech leaves this device: a detector in this page keeps the rest back. The speech goes to ${host}, which by default keeps no recording.`,

  guideTitle: "What happens when you call",
  guide: [
    ["Your browser asks", "It wants to know whether this page may use the microphone. The page reaches the relay first, so nobody asks you for nothing."],
    ["A detector listens, here", "Thirty-one times a second it decides, on this device, whether somebody is speaking."],
    ["Only speech is sent", "Each piece of speech goes out with the half second before it and after it; in between, two figures a second on how loud it is. What the relay received is shown here, piece by piece."],
  ],

  summaryTitle: "This call",
  summaryLength: "Length",
  summaryPieces: "Speech sent",
  summaryUnsent: "Never sent",
  summaryValues: ({ lengthMs, pieces: count, unsentShare }) => ({
    length: duration(lengthMs),
    pieces: count === 0 ? "nothing" : pieces(count),
    unsent: share(unsentShare),
  }),
  summaryNote: ({ lengthMs, sentMs, unsentMs, pieces: count, unconfirmed }) => {
    const unsent = `Of ${duration(lengthMs)} with the microphone on, ${duration(unsentMs)} stayed on this device`;
    const sent = count === 0 ? "no speech was found." : `${duration(sentMs)} of speech went to the relay.`;
    const open = unconfirmed === 0 ? "" : ` The relay has not confirmed the whole of ${unconfirmed === count ? "it" : pieces(unconfirmed)}.`;
    return `${unsent}; ${sent}${open}`;
  },

  assistantTitle: "The assistant says",

  meterTitle: "Your microphone",
  legendSent: "speech, sent",
  legendUnsent: "everything else, not sent",
  gaugeLevel: "Level",
  gaugeDetector: "Speech",
  gaugeNote: "The mark on Speech is where the detector takes a sound for speech.",
  level: (dbfs) => `${dbfs <= -60 ? "below −60" : String(Math.round(dbfs)).replace("-", "−")}${NBSP}dBFS`,
  probability: (value) => percentage.format(value),
  meter: (dbfs, probability) =>
    `Level ${dbfs <= -60 ? "below minus 60" : Math.round(dbfs)} decibels; ${percentage.format(probability)} sure that this is speech`,

  heardTitle: "What the relay heard",
  heardEmpty: "Nothing yet. Each piece of speech appears here once the relay says that it has it.",
  heardSteps: {
    probable: "may be speech …",
    confirmed: "speech, coming in …",
    ended: "received",
    retracted: "too short, discarded, nothing was sent",
  },
  heardCutOff: "cut off by the end of the call",
  heardLength: (ms) => duration(ms),
  heardSent: (ms) => `${duration(ms)} sent`,
  clock,
};
