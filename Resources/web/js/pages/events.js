// Events: what happened, what it means, what to do.

import * as api from "../api.js";
import { h, icon, replace, setText } from "../dom.js";
import { t } from "../i18n.js";
import { duration, moment, number } from "../format.js";
import { toastProblem } from "../parts/dialog.js";
import { pageHead } from "../shell.js";
import { LiveSocket } from "../socket.js";
import { telemetry } from "../telemetry.js";
import { eventAdvice, eventText, eventTitle, readingText, severityName } from "../words.js";

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
  const standing = standingCard(events);
  const often = statisticsCard();
  main.append(pageHead(t("nav.events")), standing.element,
    h("div", { class: "card" }, h("div", { class: "event-tools" },
      h("div", { class: "search" }, icon("search"), search), h("div", { class: "row", role: "group", "aria-label": t("events.severity") }, chips), unseen),
    list, empty, h("div", { class: "row center" }, more)), often.element);

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
    standing.show(telemetry);
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
  often.load();
  const stop = telemetry.subscribe((live) => {
    // What ends or begins changes the statistics too.
    if (standing.show(live)) often.load();
  });
  return () => {
    socket.close();
    stop();
  };
}

/** What lasts now, with what was measured and where the alert begins. */
function standingCard(events) {
  const list = h("ul", { class: "list alerts" });
  const element = h("section", { class: "card", "aria-labelledby": "standing", hidden: true },
    h("div", { class: "card-head" }, h("h2", { id: "standing" }, t("alerts.title"))), list);
  let drawn = "";
  let known = "";
  return {
    element,
    /** Whether another alert began or one ended. */
    show({ alerts }) {
      const key = JSON.stringify(alerts.map((one) => [one.id, one.severity, readingText(one), events.get(one.id)?.text]));
      if (key === drawn) return false;
      drawn = key;
      element.hidden = !alerts.length;
      replace(list, alerts.map((one) => alertRow(one, events.get(one.id))));
      const ids = alerts.map((one) => one.id).join();
      const isNews = ids !== known;
      known = ids;
      return isNews;
    },
  };
}

function alertRow(alert, event) {
  // The event of the same number knows more than the list of what is active.
  const reading = event ? eventText(event) : readingText(alert) || alert.text;
  return h("li", { class: `alert is-${alert.severity}` }, h("span", { class: "event-sign" }, icon(alert.severity), h("span", { class: "visually-hidden" }, severityName(alert.severity))),
    h("span", { class: "alert-name" }, h("strong", {}, eventTitle(alert)), alert.pack ? h("span", { class: "muted small" }, ` ${t("pack.number", { number: alert.pack })}`) : null),
    h("span", { class: "alert-reading" }, reading),
    h("span", { class: "small muted alert-since" }, t("alerts.since", { time: moment(alert.since) })));
}

/** How often each kind came and how long it lasted. */
function statisticsCard() {
  const body = h("tbody", {});
  const element = h("section", { class: "card", "aria-labelledby": "often", hidden: true },
    h("div", { class: "card-head" }, h("h2", { id: "often" }, t("alerts.often")), h("span", { class: "small muted" }, t("alerts.often_about"))),
    h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": t("alerts.often") }, h("table", { class: "table often" },
      h("thead", {}, h("tr", {}, ["kind", "count", "total", "longest", "last"].map((name, index) => h("th", { scope: "col", class: index ? "numeric" : null }, t(`alerts.${name}`))))), body)));
  return {
    element,
    async load() {
      try {
        const { statistics } = await api.get("/api/alerts/statistics");
        element.hidden = !statistics.length;
        replace(body, [...statistics].sort((one, other) => (one.last < other.last ? 1 : -1)).map((one) => h("tr", {}, h("td", {}, eventTitle(one)),
          [number(one.count), duration(one.total_s), duration(one.longest_s), moment(one.last)].map((text) => h("td", { class: "numeric" }, text)))));
      } catch { element.hidden = true; }
    },
  };
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
