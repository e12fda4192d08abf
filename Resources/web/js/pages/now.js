// Now: is it safe, what is it doing, why is it limited, what comes next.

import { h, icon, svg, setAttribute, setIcon, setText, replace } from "../dom.js";
import { t } from "../i18n.js";
import { duration, quantity } from "../format.js";
import { batteryAge, ageMark, figures, value } from "../parts/value.js";
import { energyCard } from "../parts/energy.js";
import { chargeRing } from "../parts/ring.js";
import { deciding, waterfall } from "../parts/waterfall.js";
import { telemetry } from "../telemetry.js";
import { raisedAlarms, verdict, FRESH } from "../verdict.js";
import { alarmName, evidenceText, modeMeaning, modeName, packName, ruleName, severityName, stageName, thresholdText } from "../words.js";

export function show(main) {
  const [safe, doing, values, limits, next, energy, packs] = [verdictCard(), flowCard(), valuesCard(), limitsCard(), nextCard(), energyCard(), packsCard()];
  const parts = [safe, doing, values, limits, next, energy, packs];
  // On a phone the columns dissolve: doing, limits, then the rest.
  main.append(h("h1", { class: "visually-hidden" }, t("nav.now")),
    h("div", { class: "now" }, safe.element,
      h("div", { class: "now-column" }, doing.element, values.element, next.element),
      h("div", { class: "now-column" }, limits.element, energy.element), packs.element));
  return telemetry.subscribe((live) => { for (const part of parts) part.show(live); });
}

function verdictCard() {
  const sign = icon("unknown", "verdict-icon");
  const title = h("p", { class: "verdict-title" });
  const detail = h("p", { class: "verdict-detail" });
  const alarms = h("ul", { class: "verdict-alarms" });
  const actions = h("div", { class: "row" });
  const simulated = h("span", { class: "badge accent", hidden: true }, t("now.simulated"));
  const element = h("section", { class: "card verdict wide", "aria-label": t("now.safe") },
    sign, h("div", { class: "verdict-text" }, h("div", { role: "status" }, title), detail, alarms, actions), simulated);
  let listed = "";
  return {
    element,
    show(live) {
      const now = verdict(live);
      setAttribute(element, "data-level", now.level);
      setIcon(sign, now.icon);
      setText(title, now.title);
      setText(detail, now.detail);
      const status = live.status;
      const isSimulated = status?.packs.some((pack) => pack.simulated) ?? false;
      if (simulated.hidden === isSimulated) simulated.hidden = !isSimulated;
      // What the title says already, and what was so before the connection broke, is not said again.
      const all = live.connection === "lost" ? [] : raisedAlarms(live);
      const raised = (now.isNamed && all.length === 1 ? [] : all).map((one) => [one.severity, alarmName(one.alarm), thresholdText(one)]);
      const key = JSON.stringify([raised, all.length, status?.commissioned, status?.packs.length]);
      if (key === listed) return;
      listed = key;
      replace(alarms, raised.map(([severity, name, threshold]) => h("li", { class: `badge ${severity}` },
        icon(severity), h("span", {}, h("span", { class: "visually-hidden" }, `${severityName(severity)} `), name,
          threshold ? h("span", { class: "threshold" }, ` · ${threshold}`) : null))));
      alarms.hidden = !raised.length;
      replace(actions,
        all.length ? h("a", { class: "button slim", href: "#/events" }, t("now.see_events")) : null,
        status && (status.commissioned === false || !status.packs.length)
          ? h("a", { class: "button primary", href: "#/setup" }, icon("wand"), t("now.set_up")) : null);
      actions.hidden = !actions.childElementCount;
    },
  };
}

function flowCard() {
  const ring = chargeRing();
  const power = value("kW", 2, 6);
  const direction = h("span", { class: "flow-word" });
  const line = svg("svg", { class: "flow-line", viewBox: "0 0 120 12", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("line", { class: "flow-base", x1: 0, y1: 6, x2: 120, y2: 6 }), svg("line", { class: "flow-move", x1: 0, y1: 6, x2: 120, y2: 6 }));
  const mode = h("p", { class: "mode" });
  const meaning = h("p", { class: "small muted" });
  const mark = ageMark();
  const flow = h("div", { class: "flow" },
    h("div", { class: "flow-end" }, icon("battery"), h("span", {}, t("now.battery"))),
    h("div", { class: "flow-middle" }, h("div", { class: "flow-power" }, power.element), line, direction),
    h("div", { class: "flow-end" }, icon("inverter"), h("span", {}, t("now.inverter"))));
  const element = h("section", { class: "card doing-card", "aria-labelledby": "doing" },
    h("div", { class: "card-head" }, h("h2", { id: "doing" }, t("now.doing")), mark.element),
    h("div", { class: "doing" }, ring.element, h("div", { class: "doing-flow" }, flow)),
    h("div", { class: "doing-mode" }, mode, meaning));
  return {
    element,
    show({ status, connection }) {
      if (!status) return;
      const battery = status.battery;
      const seconds = batteryAge();
      element.classList.toggle("is-old", seconds > FRESH);
      mark.show(seconds);
      ring.show(battery.soc_percent);
      power.show(battery.power_w === null ? null : Math.abs(battery.power_w) / 1000);
      const way = direct(battery);
      setAttribute(flow, "data-way", connection === "live" && status.stage === "live" ? way : "still");
      setText(direction, t(`now.way.${way}`));
      setText(mode, modeName(status.limits.mode));
      setText(meaning, modeMeaning(status.limits.mode));
    },
  };
}

function valuesCard() {
  const list = figures([
    [t("quantity.voltage"), "V", 2, 5, (b) => b.voltage_v],
    [t("quantity.current"), "A", 1, 6, (b) => b.current_a],
    [t("quantity.temperature"), "°C", 1, 5, (b) => b.temperature_c],
    [t("quantity.delta"), "mV", 0, 4, (b) => (b.cell_delta_v === null ? null : b.cell_delta_v * 1000)],
    [t("quantity.remaining"), "Ah", 1, 6, (b) => b.remaining_ah],
    [t("quantity.health"), "%", 0, 3, (b) => b.soh_percent],
  ]);
  const element = h("section", { class: "card values-card", "aria-label": t("now.values") }, list.element);
  return { element, show({ status }) { if (status) list.show(status.battery, batteryAge()); } };
}

/** Which way energy goes; below a tenth of an ampere it rests. */
function direct({ current_a: current }) {
  if (current === null) return "unknown";
  if (Math.abs(current) < 0.1) return "rest";
  return current > 0 ? "charge" : "discharge";
}

function limitsCard() {
  const mark = ageMark();
  const gauges = [
    gauge("cvl", "V", 2, (s) => s.battery.voltage_v),
    gauge("ccl", "A", 1, (s) => (s.battery.current_a === null ? null : Math.max(0, s.battery.current_a))),
    gauge("dcl", "A", 1, (s) => (s.battery.current_a === null ? null : Math.max(0, -s.battery.current_a))),
  ];
  const element = h("section", { class: "card limits-card", "aria-labelledby": "limits" },
    h("div", { class: "card-head" }, h("h2", { id: "limits" }, t("now.limits")), mark.element),
    h("div", { class: "gauges" }, gauges.map((one) => one.element)), h("p", { class: "small muted legend" },
      h("span", { class: "legend-now", "aria-hidden": "true" }), t("limit.legend")));
  return {
    element,
    show({ status }) {
      if (!status) return;
      const seconds = batteryAge();
      element.classList.toggle("is-old", seconds > FRESH);
      mark.show(seconds);
      for (const one of gauges) one.show(status);
    },
  };
}

function gauge(name, unit, digits, measure) {
  const member = `${name}_${unit.toLowerCase()}`;
  const limit = value(unit, digits === 2 ? 2 : 1, 5);
  const why = h("span", { class: "gauge-why" });
  const fill = h("span", { class: "bar-fill" });
  const needle = h("span", { class: "bar-now" });
  const fall = waterfall(unit, digits);
  const panel = h("div", { class: "gauge-panel", id: `why-${name}`, hidden: true }, fall.element);
  const button = h("button", {
    type: "button", class: "gauge", "aria-expanded": "false", "aria-controls": panel.id,
    onclick() {
      panel.hidden = !panel.hidden;
      button.setAttribute("aria-expanded", String(!panel.hidden));
      if (telemetry.status) part.show(telemetry.status);
    },
  },
  h("span", { class: "gauge-head" }, h("span", { class: "gauge-name" }, t(`limit.${name}`), " ", h("abbr", { class: "muted" }, name.toUpperCase())),
    limit.element, icon("chevron")),
  h("span", { class: "bar", "aria-hidden": "true" }, fill, needle), why);
  const part = {
    element: h("div", { class: "gauge-box" }, button, panel),
    show(status) {
      const published = status.limits[member];
      const reasons = status.limits.reasons[name] ?? [];
      const maximum = Math.max(published ?? 0, ...reasons.filter((r) => r.rule === "configured_maximum").map((r) => r.value));
      // A voltage is worth seeing only between the lowest the pack may have and the highest.
      const floor = unit === "V" ? Math.min(status.limits.dvl_v ?? 0, status.battery.voltage_v ?? Infinity) : 0;
      const place = (amount) => (maximum > floor ? Math.min(100, Math.max(0, ((amount - floor) / (maximum - floor)) * 100)) : 0);
      limit.show(published);
      fill.style.width = `${published === null ? 0 : place(published)}%`;
      const measured = measure(status);
      needle.hidden = measured === null || published === null;
      needle.style.left = `${place(measured ?? 0)}%`;
      button.classList.toggle("is-zero", published === 0);
      setText(why, published === null ? t("limit.unknown") : reasonText(reasons, status, maximum, published, unit));
      if (!panel.hidden) fall.show(reasons, published, status.packs.length, floor * 0.98);
    },
  };
  return part;
}

function reasonText(reasons, status, maximum, published, unit) {
  const first = deciding(reasons);
  if (!first) return "";
  if (first.rule === "configured_maximum" || published >= maximum - 1e-6) return t("limit.full");
  if (first.rule === "ramp") {
    // On its way to what the next rule allows.
    const next = reasons.find((one) => one.value > published + 0.05);
    if (next) return t("limit.rising", { value: quantity(next.value, unit, unit === "V" ? 2 : 1), rule: ruleName(next.rule) });
  }
  const detail = evidenceText(first.detail, status.packs.length);
  return detail && first.rule !== "ramp" ? t("word.pair", { name: ruleName(first.rule), value: detail }) : ruleName(first.rule);
}

function nextCard() {
  const list = h("ul", { class: "next list" });
  const element = h("section", { class: "card next-card", "aria-labelledby": "next", hidden: true },
    h("div", { class: "card-head" }, h("h2", { id: "next" }, t("now.next"))), list);
  let drawn = "";
  return {
    element,
    show({ status, connection }) {
      if (!status) return;
      const lines = connection === "live" && status.stage === "live" ? comingUp(status) : [];
      const key = JSON.stringify(lines);
      if (key === drawn) return;
      drawn = key;
      element.hidden = !lines.length;
      replace(list, lines.map(([name, text]) => h("li", {}, icon(name), h("span", {}, text))));
    },
  };
}

function comingUp({ battery, limits, derived }) {
  const lines = [];
  // The estimates go by a current smoothed over minutes: as long as it is far from the present one they promise nothing.
  const mean = derived.packs.reduce((sum, pack) => sum + (pack.current_mean_a ?? 0), 0);
  const isSettled = mean / battery.current_a > 0.6 && mean / battery.current_a < 1.6;
  if (isSettled && battery.time_to_full_s != null) lines.push(["clock", t("now.full_in", { duration: duration(coarse(battery.time_to_full_s)) })]);
  if (isSettled && battery.time_to_empty_s != null) lines.push(["clock", t("now.empty_in", { duration: duration(coarse(battery.time_to_empty_s)) })]);
  const following = { bulk: "absorption", absorption: "float", float_transition: "float" }[limits.mode];
  if (following && battery.current_a > 0.1) lines.push(["right", t(`now.then.${following}`, { volts: quantity(limits.cvl_v, "V", 1) })]);
  return lines;
}

/** Rounds an estimate to what it is worth: 5 min, above a day whole hours. */
function coarse(seconds) {
  const step = seconds > 86_400 ? 3_600 : 300;
  return Math.max(step, Math.round(seconds / step) * step);
}

function packsCard() {
  const list = h("ul", { class: "packs list" });
  const element = h("section", { class: "card wide", "aria-labelledby": "packs", hidden: true },
    h("div", { class: "card-head" }, h("h2", { id: "packs" }, t("now.packs"))), list);
  const rows = new Map();
  return {
    element,
    show({ status }) {
      if (!status) return;
      const isWorthIt = status.packs.length > 1;
      if (element.hidden === isWorthIt) element.hidden = !isWorthIt;
      if (!isWorthIt) return;
      for (const pack of status.packs) {
        if (!rows.has(pack.id)) {
          rows.set(pack.id, packRow(pack));
          list.append(rows.get(pack.id).element);
        }
        rows.get(pack.id).show(pack);
      }
    },
  };
}

function packRow(pack) {
  const soc = value("%", 0, 3);
  const voltage = value("V", 2, 5);
  const current = value("A", 1, 6);
  const stage = h("span", { class: "badge" });
  const fill = h("span", { class: "bar-fill" });
  const mark = ageMark();
  const element = h("li", {}, h("a", { class: "pack-row", href: `#/cells/${pack.id}` },
    h("span", { class: "pack-name" }, packName(pack)), h("span", { class: "bar slim", "aria-hidden": "true" }, fill),
    soc.element, voltage.element, current.element, h("span", { class: "pack-stage" }, stage, mark.element)));
  return {
    element,
    show(pack) {
      soc.show(pack.soc_percent);
      voltage.show(pack.voltage_v);
      current.show(pack.current_a);
      fill.style.width = `${pack.soc_percent ?? 0}%`;
      // Good data of a pack that does not match the bank's voltage: neither its charge nor its current counts.
      const isApart = pack.stage === "live" && pack.standing === "apart";
      setText(stage, isApart ? t("standing.apart") : stageName(pack.stage));
      setAttribute(stage, "class", `badge ${isApart || pack.stage === "stale" ? "warning" : pack.stage === "live" ? "good" : "alarm"}`);
      stage.title = isApart ? t("standing.apart.means") : "";
      mark.show(telemetry.age(pack.age_s));
    },
  };
}
