// Live bytes of CAN and UART with filter, pause and download. What is downloaded, `cellbridge replay` reads.

import { h, icon, replace, setText, download, debounce } from "../dom.js";
import { t } from "../i18n.js";
import { clock, number } from "../format.js";
import { LiveSocket } from "../socket.js";

/** Records kept for the download, and rows shown. */
const KEPT = 20_000;
const SHOWN = 300;

/** A record as a line of a capture (docs/local-socket.md). */
export function captureLine(record) {
  const time = `(${(record.time_ms / 1000).toFixed(6)}) ${record.channel}`;
  if (record.id !== undefined) return `${time} ${record.id}#${record.data}`;
  return `${time} ${record.direction === "sent" ? ">" : "<"} ${record.data}`;
}

export function sniffer() {
  let bus = "can";
  let socket = null;
  let isPaused = false;
  let records = [];
  let fresh = [];
  let lost = 0;
  let frame = 0;
  let wanted = "";
  let direction = "both";

  const rows = h("ol", { class: "sniff-rows", tabindex: "0", "aria-label": t("sniff.rows") });
  const count = h("span", { class: "small muted" });
  const filter = h("input", { class: "input", type: "search", placeholder: t("sniff.filter"), "aria-label": t("sniff.filter"), autocapitalize: "off", spellcheck: "false" });
  const way = h("select", { class: "select", "aria-label": t("sniff.direction") },
    ["both", "sent", "received"].map((one) => h("option", { value: one }, t(`sniff.${one}`))));
  const pause = h("button", { type: "button", class: "button slim", "aria-pressed": "false" });
  const buses = h("div", { class: "segments", role: "group", "aria-label": t("sniff.bus") },
    ["can", "uart"].map((one) => h("button", { type: "button", "aria-pressed": String(one === bus), onclick: (event) => choose(one, event.currentTarget) }, t(`sniff.${one}`))));
  const start = h("button", { type: "button", class: "button primary slim", onclick: open }, icon("play"), t("sniff.start"));
  const tools = h("div", { class: "sniff-tools", hidden: true }, h("div", { class: "search" }, icon("search"), filter), way, pause,
    h("button", { type: "button", class: "button slim", onclick: clear }, icon("clear"), t("sniff.clear")),
    h("button", { type: "button", class: "button slim", onclick: save }, icon("download"), t("sniff.download")));
  const element = h("section", { class: "card sniffer", "aria-labelledby": "sniffer" },
    h("div", { class: "card-head" }, h("h2", { id: "sniffer" }, t("sniff.title")), h("span", { class: "spring" }), count, buses, start),
    h("p", { class: "small muted" }, t("sniff.about")), tools, rows);
  rows.hidden = true;

  function matches(record) {
    if (direction !== "both" && record.direction !== direction) return false;
    if (!wanted) return true;
    return `${record.id ?? ""} ${record.channel} ${record.data} ${record.text}`.toLowerCase().includes(wanted);
  }

  function row(record) {
    return h("li", { class: record.direction === "sent" ? "sniff-row is-sent" : "sniff-row" },
      h("span", { class: "muted" }, clock(record.time_ms, true)),
      h("span", { title: t(`sniff.${record.direction}`) }, record.direction === "sent" ? "→" : "←",
        h("span", { class: "visually-hidden" }, t(`sniff.${record.direction}`))),
      h("span", { class: "sniff-id" }, record.id ?? record.channel), h("span", { class: "sniff-data" }, record.data.replace(/(..)(?=.)/g, "$1 ")),
      h("span", { class: "muted sniff-text" }, record.text));
  }

  // Rows are drawn once a frame of the screen, however many records came.
  function draw() {
    frame = 0;
    const batch = fresh.filter(matches).slice(-SHOWN);
    fresh = [];
    if (batch.length) {
      rows.prepend(...batch.reverse().map(row));
      while (rows.childElementCount > SHOWN) rows.lastChild.remove();
    }
    setText(count, t(lost ? "sniff.count_lost" : "sniff.count", { count: number(records.length), lost: number(lost) }));
  }

  function redraw() {
    fresh = [];
    replace(rows, records.filter(matches).slice(-SHOWN).reverse().map(row));
  }

  function take(message) {
    lost += message.dropped ?? 0;
    if (isPaused) return;
    records.push(...message.records);
    if (records.length > KEPT) records = records.slice(-KEPT);
    fresh.push(...message.records);
    frame ||= requestAnimationFrame(draw);
  }

  function open() {
    start.hidden = true;
    tools.hidden = rows.hidden = false;
    socket = new LiveSocket(`/ws/${bus}`, { message: take });
  }

  function choose(next, button) {
    for (const one of buses.children) one.setAttribute("aria-pressed", String(one === button));
    if (next === bus) return;
    bus = next;
    clear();
    if (!socket) return;
    socket.close();
    open();
  }

  function clear() {
    records = [];
    fresh = [];
    lost = 0;
    replace(rows);
    setText(count, "");
  }

  function save() {
    download(`cellbridge-${bus}-${new Date().toISOString().replace(/[:.]/g, "-").slice(0, 19)}.log`,
      `${records.filter(matches).map(captureLine).join("\n")}\n`);
  }

  function showPause() {
    pause.setAttribute("aria-pressed", String(isPaused));
    replace(pause, icon(isPaused ? "play" : "pause"), t(isPaused ? "sniff.resume" : "sniff.pause"));
  }

  pause.addEventListener("click", () => { isPaused = !isPaused; showPause(); });
  filter.addEventListener("input", debounce(() => { wanted = filter.value.trim().toLowerCase(); redraw(); }, 150));
  way.addEventListener("change", () => { direction = way.value; redraw(); });
  showPause();

  return {
    element,
    stop() {
      socket?.close();
      cancelAnimationFrame(frame);
    },
  };
}
