// Inverter link: what the GX receives, decoded; the bus and its counters; what travels on the wires.

import * as api from "../api.js";
import { h, icon, replace, setAttribute, setIcon, setText } from "../dom.js";
import { t, tOr } from "../i18n.js";
import { age, number, quantity } from "../format.js";
import { sniffer } from "../parts/sniffer.js";
import { pageHead } from "../shell.js";
import { telemetry } from "../telemetry.js";
import { FRESH } from "../verdict.js";
import { alarmName, canStateName } from "../words.js";

export function show(main) {
  const link = linkCard();
  const sent = framesCard("sent");
  const received = framesCard("received");
  const wires = sniffer();
  main.append(pageHead(t("nav.inverter")),
    h("div", { class: "stack" }, link.element, sent.element, received.element, wires.element));

  let timer = null;
  let isGone = false;
  async function poll() {
    if (!document.hidden) {
      try {
        const answer = await api.get("/api/can/status", { timeout: 5_000 });
        if (isGone) return;
        link.counters(answer);
        sent.show(answer.sent ?? []);
        received.show(answer.received ?? []);
      } catch { /* the mark of the connection says it; ages go on */ }
    }
    if (!isGone) timer = setTimeout(poll, 1_000);
  }
  poll();
  const stop = telemetry.subscribe((live) => {
    link.show(live);
    sent.tick();
    received.tick();
  });
  return () => {
    isGone = true;
    clearTimeout(timer);
    stop();
    wires.stop();
  };
}

/** How the link stands, in one sentence. */
function standing(inverter, connection) {
  if (connection === "lost") return ["unknown", "link-off", t("can.unknown"), ""];
  if (!inverter) return ["unknown", "unknown", t("can.none"), ""];
  if (inverter.dry_because || inverter.link === "dry:") {
    return ["info", "info", t("can.dry"), tOr(`can.dry.${inverter.dry_because}`, t("can.dry.chosen"))];
  }
  if (inverter.duplicate_bms) return ["alarm", "alarm", t("verdict.duplicate_bms"), t("verdict.duplicate_bms.detail")];
  if (!inverter.open) return ["alarm", "alarm", t("verdict.can_closed"), inverter.problem ?? ""];
  if (inverter.tx_lost) return ["alarm", "alarm", t("verdict.tx_lost"), t("verdict.tx_lost.detail")];
  const seconds = telemetry.age(inverter.keepalive_age_s);
  if (seconds === null) return ["warning", "warning", t("verdict.gx_never"), t("verdict.gx_never.detail")];
  if (seconds > 10) return [seconds > 600 ? "alarm" : "warning", "warning", t("verdict.gx_silent", { age: age(seconds) }), t("verdict.gx_silent.detail")];
  return ["good", "good", t("can.good"), t("can.good.detail")];
}

function linkCard() {
  const sign = icon("unknown", "verdict-icon");
  const title = h("p", { class: "verdict-title" });
  const detail = h("p", {});
  const keepalive = h("strong", { class: "keepalive" });
  const list = h("dl", { class: "figures counters" });
  const element = h("div", { class: "stack" },
    h("section", { class: "card verdict", "aria-label": t("can.state") }, sign, h("div", { class: "verdict-text" }, title, detail),
      h("div", { class: "keepalive-box" }, h("span", { class: "small muted" }, t("can.keepalive")), keepalive)),
    h("section", { class: "card", "aria-labelledby": "counters" },
      h("div", { class: "card-head" }, h("h2", { id: "counters" }, t("can.counters")), h("span", { class: "spring" }), h("code", { class: "small muted link-address" })),
      list));
  const address = element.querySelector(".link-address");
  const cells = new Map();
  for (const name of ["state", "bitrate", "frames_sent", "frames_confirmed", "frames_received", "errors", "congested", "bus_off_count"]) {
    const text = h("dd", {}, "–");
    cells.set(name, text);
    list.append(h("div", { class: "figure" }, h("dt", {}, t(`can.counter.${name}`)), text));
  }
  return {
    element,
    show({ status, connection }) {
      if (!status && connection !== "lost") return;
      const [level, name, sentence, more] = standing(status?.inverter, connection);
      setAttribute(element.firstElementChild, "data-level", level);
      setIcon(sign, name);
      setText(title, sentence);
      setText(detail, more);
      setText(keepalive, age(telemetry.age(status?.inverter?.keepalive_age_s)));
    },
    counters(answer) {
      setText(address, answer.link ?? "");
      setText(cells.get("state"), canStateName(answer.state));
      setText(cells.get("bitrate"), answer.bitrate ? quantity(answer.bitrate / 1000, "kbit/s") : "–");
      for (const name of ["frames_sent", "frames_confirmed", "frames_received", "errors", "congested", "bus_off_count"]) {
        setText(cells.get(name), number(answer[name]));
        if (["errors", "congested", "bus_off_count"].includes(name)) cells.get(name).classList.toggle("warning", answer[name] > 0);
      }
    },
  };
}

function framesCard(way) {
  const list = h("ul", { class: "list frames" }, h("li", { class: "muted" }, t("can.waiting")));
  const element = h("section", { class: "card", "aria-labelledby": `frames-${way}` },
    h("div", { class: "card-head" }, h("h2", { id: `frames-${way}` }, t(`can.${way}`)), h("span", { class: "small muted" }, t(`can.${way}.about`))), list);
  const rows = new Map();
  return {
    element,
    show(frames) {
      const key = frames.map((frame) => frame.id).join();
      if (list.dataset.key !== key) {
        list.dataset.key = key;
        for (const frame of frames) if (!rows.has(frame.id)) rows.set(frame.id, frameRow());
        replace(list, frames.length ? frames.map((frame) => rows.get(frame.id).element) : h("li", { class: "muted" }, t("can.nothing")));
      }
      for (const frame of frames) rows.get(frame.id).show(frame);
    },
    tick() { for (const row of rows.values()) row.tick(); },
  };
}

function frameRow() {
  const id = h("code", { class: "frame-id" });
  const title = h("span", { class: "frame-title" });
  const old = h("span", { class: "small muted frame-age" });
  const fields = h("dl", { class: "frame-fields" });
  const raw = h("code", { class: "frame-raw muted" });
  const element = h("li", { class: "frame-row" }, id, title, fields, raw, old);
  let base = 0;
  let taken = 0;
  let period = null;
  let drawn = "";
  return {
    element,
    show(frame) {
      base = frame.age_s;
      taken = Date.now();
      period = frame.period_s;
      setText(id, `0x${frame.id}`);
      setText(title, tOr(`frame.${frame.id}`, frame.title));
      setText(raw, frame.data.replace(/(..)(?=.)/g, "$1 "));
      const key = JSON.stringify(frame.fields);
      if (key === drawn) return;
      drawn = key;
      replace(fields, fieldList(frame.fields));
    },
    tick() {
      if (!taken) return;
      const seconds = base + (Date.now() - taken) / 1000;
      setText(old, t("can.ago", { age: age(seconds) }));
      old.classList.toggle("warning", period !== null && period !== undefined && seconds > period * 2 + FRESH);
    },
  };
}

/** `cvl_V` is the quantity `cvl` in V. */
function quantityOf(name, amount) {
  const [, what, unit] = /^(.*?)_(V|A|mV|C|Ah|Wh|kWh|percent|s)$/.exec(name) ?? [null, name, ""];
  const units = { C: "°C", percent: "%" };
  const label = tOr(`wire.${what}`, what.replaceAll("_", " "));
  if (typeof amount === "number") {
    return [label, `${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 3 }).format(amount).replace("-", "−")}${unit ? `\u00A0${units[unit] ?? unit}` : ""}`];
  }
  if (typeof amount === "boolean") return [label, t(amount ? "word.yes" : "word.no")];
  return [label, amount === null ? "–" : String(amount)];
}

/** What the row says already, or only a program wants to know. */
const HIDDEN = new Set(["raw", "system_status_pair", "can_id", "dlc", "direction", "meaning", "model_bytes", "firmware_be", "min_temp_K", "max_temp_K"]);

function fieldList(fields) {
  return Object.entries(fields).flatMap(([name, amount]) => {
    if (HIDDEN.has(name)) return [];
    if (amount !== null && typeof amount === "object") return [alarmBits(name, amount)];
    const [label, text] = quantityOf(name, amount);
    return [h("div", {}, h("dt", {}, label), h("dd", {}, text))];
  });
}

/** Alarm bits by name: the active ones stand out, the others are counted. */
function alarmBits(name, bits) {
  const entries = Object.entries(bits);
  const active = entries.filter(([, state]) => state === "alarm" || state === "active" || state === "warning");
  const ok = entries.filter(([, state]) => state === "ok").length;
  const severity = name === "warnings" ? "warning" : "alarm";
  return h("div", { class: "frame-bits" }, h("dt", {}, tOr(`wire.${name}`, name)),
    h("dd", {}, active.map(([bit]) => h("span", { class: `badge ${severity}` }, icon(severity), alarmName(bit))),
      active.length ? null : h("span", { class: "badge good" }, icon("good"), t("can.bits_ok", { count: ok }))));
}
