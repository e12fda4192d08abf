// Events: what happened, what it means, what to do.

import * as api from "../api.js";
import { h, icon, replace, setText } from "../dom.js";
import { t } from "../i18n.js";
import { moment, number } from "../format.js";
import { toastProblem } from "../parts/dialog.js";
import { pageHead } from "../shell.js";
import { LiveSocket } from "../socket.js";
import { eventAdvice, eventText, eventTitle, severityName } from "../words.js";

const SEVERITIES = ["alarm", "warning", "info"];
const filter = { severities: new Set(SEVERITIES), open: false, text: "" };

export function show(main) {
  const events = new Map();
  let next = null;
  let isLoaded = false;
  const list = h("ol", { class: "events list", "aria-label": t("nav.events") });
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => load(next) }, t("events.more"));
  const empty = h("p", { class: "empty", hidden: true });
  const search = h("input", { class: "input", type: "search", value: filter.text, placeholder: t("events.search"), "aria-label": t("events.search"),
    oninput: () => { filter.text = search.value.trim().toLowerCase(); draw(); } });
  const chips = SEVERITIES.map((severity) => h("button", {
    type: "button", class: `chip ${severity}`, "aria-pressed": String(filter.severities.has(severity)),
    onclick(event) {
      if (!filter.severities.delete(severity)) filter.severities.add(severity);
      event.currentTarget.setAttribute("aria-pressed", String(filter.severities.has(severity)));
      draw();
    },
  }, icon(severity), severityName(severity)));
  const unseen = h("label", { class: "check" }, h("input", {
    type: "checkbox", checked: filter.open, onchange: (event) => { filter.open = event.target.checked; draw(); },
  }), t("events.open_only"));
  main.append(pageHead(t("nav.events")),
    h("div", { class: "card" }, h("div", { class: "event-tools" },
      h("div", { class: "search" }, icon("search"), search), h("div", { class: "row", role: "group", "aria-label": t("events.severity") }, chips), unseen),
    list, empty, h("div", { class: "row center" }, more)));

  const rows = new Map();
  function matches(event) {
    if (!filter.severities.has(event.severity)) return false;
    if (filter.open && event.acknowledged) return false;
    return !filter.text || `${eventTitle(event)} ${eventText(event)} ${event.text} ${event.code}`.toLowerCase().includes(filter.text);
  }

  function draw() {
    const shown = [...events.values()].filter(matches).sort((one, other) => (one.last < other.last ? 1 : -1));
    for (const event of shown) if (!rows.has(event.id)) rows.set(event.id, eventRow(acknowledge));
    const wanted = shown.map((event) => rows.get(event.id).element);
    // An open entry keeps its place in the tree: only the order is mended.
    for (const child of [...list.children]) if (!wanted.includes(child)) child.remove();
    wanted.forEach((element, index) => { if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null); });
    for (const event of shown) rows.get(event.id).show(event);
    empty.hidden = shown.length > 0 || !isLoaded;
    setText(empty, t(events.size ? "events.none_match" : "events.none"));
    more.hidden = next === null;
  }

  async function load(before) {
    try {
      const answer = await api.get(`/api/events?limit=100${before ? `&before=${before}` : ""}`);
      for (const event of answer.events) events.set(event.id, event);
      next = answer.next ?? null;
      isLoaded = true;
      draw();
    } catch (error) { toastProblem(error); }
  }

  async function acknowledge(event) {
    try {
      const answer = await api.post(`/api/events/${event.id}/acknowledge`);
      events.set(answer.id, answer);
      draw();
    } catch (error) { toastProblem(error); }
  }

  // After a lost connection the list is asked for anew: what happened meanwhile is in it.
  const socket = new LiveSocket("/ws/events", {
    message(message) {
      if (message.type !== "event") return;
      events.set(message.event.id, message.event);
      draw();
    },
    state(state) { if (state === "open") load(); },
  });
  load();
  return () => socket.close();
}

function eventRow(acknowledge) {
  const sign = h("span", { class: "event-sign" });
  const title = h("span", { class: "event-title" });
  const text = h("span", { class: "event-text" });
  const time = h("span", { class: "event-time small muted" });
  const marks = h("span", { class: "event-marks" });
  const body = h("div", { class: "event-body" });
  const element = h("li", {}, h("details", { class: "event" },
    h("summary", {}, sign, h("span", { class: "event-main" }, h("span", { class: "event-line" }, title, marks, time), text), icon("chevron", "event-chevron")), body));
  let drawn = "";
  return {
    element,
    show(event) {
      const key = JSON.stringify(event);
      if (key === drawn) return;
      drawn = key;
      element.firstElementChild.className = `event is-${event.severity}${event.active ? " is-active" : ""}${event.acknowledged ? " is-seen" : ""}`;
      replace(sign, icon(event.severity), h("span", { class: "visually-hidden" }, severityName(event.severity)));
      setText(title, eventTitle(event));
      setText(text, eventText(event));
      setText(time, moment(event.last));
      replace(marks,
        event.active && event.severity !== "info" ? h("span", { class: `badge ${event.severity}` }, t("events.active")) : null,
        event.latched ? h("span", { class: "badge alarm" }, icon("lock"), t("events.latched")) : null,
        event.count > 1 ? h("span", { class: "badge" }, `× ${number(event.count)}`) : null,
        event.acknowledged ? h("span", { class: "badge" }, icon("good"), t("events.seen")) : null);
      replace(body, eventBody(event, acknowledge));
    },
  };
}

function eventBody(event, acknowledge) {
  const advice = eventAdvice(event);
  const fact = (name, value) => (value ? h("div", {}, h("dt", {}, name), h("dd", {}, value)) : null);
  return [
    advice ? h("p", {}, h("strong", {}, t("events.means")), " ", advice.meaning) : null,
    advice?.action ? h("p", {}, h("strong", {}, t("events.do")), " ", advice.action) : null,
    h("dl", { class: "facts" },
      fact(t("events.first"), moment(event.first)),
      fact(t("events.last"), moment(event.last)),
      fact(t("events.count"), number(event.count)),
      fact(t("events.cause"), event.cause),
      event.acknowledged ? fact(t("events.acknowledged"), event.acknowledged_time ? moment(event.acknowledged_time) : t("word.yes")) : null,
      fact(t("events.code"), h("code", {}, event.code))),
    event.acknowledged || event.severity === "info" && !event.latched ? null
      : h("div", { class: "row" }, h("button", { type: "button", class: "button slim", onclick: () => acknowledge(event) }, icon("good"), t("events.acknowledge")),
        event.latched ? h("span", { class: "small muted" }, t("events.latched_about")) : null),
  ];
}
