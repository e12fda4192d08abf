// The live picture: one status document, kept by snapshots and deltas, and how old it is.

import { LiveSocket } from "./socket.js";
import * as api from "./api.js";

/** Without a message for so long (ms) the connection counts as lost; the gateway speaks every second. */
const SILENCE = 2_500;

const subscribers = new Set();
let socket = null;
let alertSocket = null;
let sequence = null;
let receivedWall = 0;
let receivedSteady = 0;

export const telemetry = {
  /** The newest status document; null before the first. */
  status: null,
  /** What lasts and is worth a warning, worst first, as in /api/alerts/active. */
  alerts: [],
  /** "connecting", "live" or "lost". */
  connection: "connecting",

  /** Seconds since the newest message. A phone's steady clock may stop while it sleeps, its wall clock may be set back:
   *  the longer one is true. */
  get silence() {
    if (!receivedWall) return null;
    return Math.max(0, Date.now() - receivedWall, performance.now() - receivedSteady) / 1000;
  },

  /** An age from the document, now; null where it is unknown. */
  age(atSending) {
    return atSending === null || atSending === undefined ? null : atSending + (this.silence ?? 0);
  },

  /** Calls at once and then after every message and every quarter of a second; gives the end of it. */
  subscribe(call) {
    subscribers.add(call);
    call(this);
    return () => subscribers.delete(call);
  },

  start() {
    if (socket) return;
    this.connection = "connecting";
    socket = new LiveSocket("/ws/telemetry", { message: take, state: changed, ended: lookForSession }, { silence: SILENCE });
    alertSocket = new LiveSocket("/ws/alerts", { message: takeAlerts });
  },

  stop() {
    socket?.close();
    alertSocket?.close();
    socket = null;
    alertSocket = null;
    sequence = null;
    receivedWall = 0;
    this.status = null;
    this.alerts = [];
  },
};

function merge(old, parts) {
  for (const [key, value] of Object.entries(parts)) {
    const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
    if (isObject && old[key] !== null && typeof old[key] === "object" && !Array.isArray(old[key])) merge(old[key], value);
    else old[key] = value;
  }
}

/** Lays a delta over a document; packs come alone and are found by their id. */
export function applyDelta(status, parts) {
  const { packs, ...rest } = parts;
  merge(status, rest);
  for (const pack of packs ?? []) {
    const old = status.packs.find((one) => one.id === pack.id);
    if (old) merge(old, pack);
    else status.packs.push(pack);
  }
}

function take(message) {
  if (message.type === "snapshot") {
    telemetry.status = message.data;
  } else if (message.type === "delta") {
    if (telemetry.status === null || message.seq !== sequence + 1) { socket.restart(); return; }
    applyDelta(telemetry.status, message.data);
  } else return;
  sequence = message.seq;
  receivedWall = Date.now();
  receivedSteady = performance.now();
  telemetry.connection = "live";
  tell();
}

function takeAlerts(message) {
  if (message.type !== "alerts") return;
  telemetry.alerts = message.alerts;
  tell();
}

function changed(state) {
  if (state === "open") return;
  telemetry.connection = "lost";
  tell();
  lookForSession();
}

let asking = false;
/** A refused upgrade tells a page nothing: only the session itself says whether to log in again. */
async function lookForSession() {
  if (asking) return;
  asking = true;
  try {
    const answer = await api.session();
    if (!answer.authenticated) api.signedOut();
  } catch { /* not reachable: the socket tries on */ } finally { asking = false; }
}

/** One part of a page that fails must not keep the others from the news. */
function tell() {
  for (const call of [...subscribers]) {
    try { call(telemetry); } catch (error) { reportError(error); }
  }
}

setInterval(() => {
  if (telemetry.connection === "live" && telemetry.silence * 1000 > SILENCE) telemetry.connection = "lost";
  tell();
}, 250);
