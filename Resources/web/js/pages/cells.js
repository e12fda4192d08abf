// Cells: where each stands within its limits, and how far from the others.

import * as api from "../api.js";
import { h, icon, setAttribute, setText, replace } from "../dom.js";
import { t } from "../i18n.js";
import { number, quantity } from "../format.js";
import { derivedView } from "../parts/derived.js";
import { ageMark, figures, value } from "../parts/value.js";
import { pageHead } from "../shell.js";
import { telemetry } from "../telemetry.js";
import { FRESH } from "../verdict.js";
import { activityName, alarmName, familyName, packName, problemSentence, severityName, stageName } from "../words.js";

/** Cell voltages that a chemistry brings along (docs/how-it-decides.md), V. */
const presets = {
  lfp: { max_cell_v: 3.65, absorption_cell_v: 3.45, float_cell_v: 3.35, min_cell_v: 2.8 },
  nmc: { max_cell_v: 4.2, absorption_cell_v: 4.1, float_cell_v: 4.0, min_cell_v: 3.0 },
  lto: { max_cell_v: 2.8, absorption_cell_v: 2.65, float_cell_v: 2.5, min_cell_v: 1.8 },
};

/** Half widths of the axis around the mean, mV: it changes in steps, so that it does not breathe with every reading. */
const SPANS = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];

let sort = "index";

export function show(main, { rest }) {
  let chosen = Number(rest[0]) || null;
  let configuration = {};
  const tabs = h("nav", { class: "segments", "aria-label": t("cells.packs"), hidden: true });
  const sorting = h("div", { class: "segments", role: "group", "aria-label": t("cells.sort") },
    ["index", "lowest", "highest"].map((order) => h("button", {
      type: "button", "aria-pressed": String(order === sort),
      onclick(event) {
        sort = order;
        for (const one of sorting.children) one.setAttribute("aria-pressed", String(one === event.currentTarget));
        draw(telemetry);
      },
    }, t(`cells.sort.${order}`))));
  const view = packView();
  const empty = h("p", { class: "empty card" }, t("cells.empty"));
  main.append(pageHead(t("nav.cells"), tabs, sorting), view.element, empty);
  api.get("/api/config").then((answer) => { configuration = answer.values; }).catch(() => {});

  let tabbed = "";
  function draw({ status }) {
    if (!status) return;
    const pack = status.packs.find((one) => one.id === chosen) ?? status.packs[0];
    view.element.hidden = !pack;
    empty.hidden = Boolean(pack);
    if (!pack) return;
    chosen = pack.id;
    const key = JSON.stringify(status.packs.map((one) => [one.id, one.name, one.stage === "live", one.id === chosen]));
    if (key !== tabbed) {
      tabbed = key;
      tabs.hidden = status.packs.length < 2;
      replace(tabs, status.packs.map((one) => h("a", {
        href: `#/cells/${one.id}`, "aria-current": one.id === chosen ? "page" : null,
      }, one.stage === "live" ? null : icon("warning", "warning"), packName(one),
      one.stage === "live" ? null : h("span", { class: "visually-hidden" }, stageName(one.stage)))));
    }
    view.show(pack, limitsOf(pack, configuration), status.derived.packs.find((one) => one.id === pack.id));
  }
  return telemetry.subscribe(draw);
}

function limitsOf(pack, values) {
  const preset = presets[values[`pack.${pack.id}.chemistry`]] ?? {};
  const pick = (name) => pack.limits?.[name] ?? values[`pack.${pack.id}.${name}`] ?? preset[name] ?? null;
  return Object.fromEntries(Object.keys(presets.lfp).map((name) => [name, pick(name)]));
}

function packView() {
  const summary = figures([
    [t("quantity.delta"), "mV", 1, 5, (p) => (p.cell_delta_v === null ? null : p.cell_delta_v * 1000)],
    [t("cells.highest"), "V", 3, 5, (p) => p.cell_max_v],
    [t("cells.lowest"), "V", 3, 5, (p) => p.cell_min_v],
    [t("cells.mean"), "V", 3, 5, (p) => mean(p.cells)],
    [t("quantity.voltage"), "V", 2, 5, (p) => p.voltage_v],
    [t("quantity.current"), "A", 1, 6, (p) => p.current_a],
  ]);
  const band = bandView();
  const bars = barsView();
  const temperatures = h("div", {});
  const facts = h("dl", { class: "facts" });
  const history = h("dl", { class: "facts" });
  const derivations = derivedView(history);
  const problem = h("div", { class: "note warning", hidden: true });
  const mark = ageMark();
  const element = h("div", { class: "stack" }, problem,
    h("section", { class: "card", "aria-labelledby": "band" },
      h("div", { class: "card-head" }, h("h2", { id: "band" }, t("cells.within")), mark.element), summary.element, band.element),
    h("section", { class: "card", "aria-labelledby": "bars" },
      h("div", { class: "card-head" }, h("h2", { id: "bars" }, t("cells.apart")), h("span", { class: "small muted" }, bars.scale)), bars.element),
    h("div", { class: "grid" },
      h("div", { class: "stack" },
        h("section", { class: "card", "aria-labelledby": "temperatures" }, h("div", { class: "card-head" }, h("h2", { id: "temperatures" }, t("cells.temperatures"))), temperatures),
        h("section", { class: "card", "aria-labelledby": "over-time" }, h("div", { class: "card-head" }, h("h2", { id: "over-time" }, t("cells.over_time"))), history)),
      h("section", { class: "card", "aria-labelledby": "facts" }, h("div", { class: "card-head" }, h("h2", { id: "facts" }, t("cells.about"))), facts)));
  let last = "";
  return {
    element,
    show(pack, limits, derived) {
      const seconds = telemetry.age(pack.age_s);
      element.classList.toggle("is-old", seconds !== null && seconds > FRESH);
      mark.show(seconds);
      summary.show(pack, seconds);
      band.show(pack, limits, derived?.alert_levels);
      bars.show(pack, derived?.alert_levels);
      const trouble = problemSentence(pack.problem) ?? (pack.stage === "live" ? null : stageName(pack.stage));
      problem.hidden = !trouble;
      if (trouble) {
        const text = t("word.pair", { name: packName(pack), value: trouble });
        if (problem.textContent !== text) replace(problem, icon("warning"), h("div", {}, text));
      }
      const key = JSON.stringify([pack.temperatures, pack.alarms, pack.stage, pack.activity, pack.charge_enabled, pack.discharge_enabled, pack.serial, pack.missed, pack.refused]);
      derivations.show(derived);
      if (key === last) return;
      last = key;
      replace(temperatures, temperatureList(pack));
      replace(facts, factList(pack));
    },
  };
}

const known = (cells) => (cells ?? []).filter((cell) => cell.voltage_v !== null);

function mean(cells) {
  const list = known(cells);
  return list.length ? list.reduce((sum, cell) => sum + cell.voltage_v, 0) / list.length : null;
}

/** Every cell as a dot between the pack's limits. */
function bandView() {
  const track = h("div", { class: "band-track", "aria-hidden": "true" });
  const dots = h("div", { class: "band-dots", "aria-hidden": "true" });
  const scale = h("div", { class: "band-scale", "aria-hidden": "true" });
  const text = h("p", { class: "visually-hidden" });
  const alerts = h("p", { class: "small muted band-alerts" });
  const element = h("div", { class: "band" }, h("div", { class: "band-area" }, track, dots), scale, text, alerts);
  let drawn = "";
  return {
    element,
    show(pack, limits, levels) {
      const { min_cell_v: low, max_cell_v: high } = limits;
      element.hidden = low === null || high === null;
      if (element.hidden) return;
      const room = (high - low) * 0.06;
      const place = (volts) => Math.min(100, Math.max(0, ((volts - low + room) / (high - low + 2 * room)) * 100));
      const key = JSON.stringify([limits, levels, document.documentElement.lang]);
      if (key !== drawn) {
        drawn = key;
        drawBand(track, scale, limits, levels, place);
        replace(alerts, levels ? [alertText(levels), " ", h("a", { href: "#/settings/configuration/alerts." }, t("cells.alerts_change"))] : []);
        setText(text, t("cells.band_text", { low: quantity(low, "V", 2), high: quantity(high, "V", 2) }));
      }
      const cells = known(pack.cells);
      while (dots.childElementCount < cells.length) dots.append(h("i", {}));
      while (dots.childElementCount > cells.length) dots.lastChild.remove();
      cells.forEach((cell, place_) => { dots.children[place_].style.left = `${place(cell.voltage_v)}%`; });
    },
  };
}

/** Where warnings and alarms begin: the monitor's levels, which limit nothing. */
function alertText(levels) {
  const volts = (name) => quantity(levels[name], "V", 2);
  return t("cells.alerts_text", {
    low: volts("cell_low_warning_v"), high: volts("cell_high_warning_v"), lowest: volts("cell_low_alarm_v"), highest: volts("cell_high_alarm_v"),
    spread: quantity(levels.cell_delta_warning_v * 1000, "mV"),
  });
}

function drawBand(track, scale, limits, levels, place) {
  const { min_cell_v: low, max_cell_v: high, absorption_cell_v: full, float_cell_v: rest } = limits;
  const zone = (from, to, name) => {
    const element = h("span", { class: `zone ${name}` });
    element.style.left = `${from}%`;
    element.style.width = `${to - from}%`;
    return element;
  };
  const from = Math.max(low, levels?.cell_low_warning_v ?? low);
  const to = Math.min(high, levels?.cell_high_warning_v ?? full ?? high);
  replace(track, zone(0, place(low), "out"), zone(place(low), place(from), "near"), zone(place(from), place(to), "in"),
    zone(place(to), place(high), "near"), zone(place(high), 100, "out"));
  const marks = [[low, "minimum"], [rest, "float"], [full, "absorption"], [high, "maximum"]].filter(([volts]) => volts !== null);
  replace(scale, marks.map(([volts, name], index) => {
    const element = h("span", { class: index % 2 ? "mark second" : "mark" }, h("b", {}, number(volts, 2)), h("small", {}, t(`cells.${name}`)));
    element.style.left = `${place(volts)}%`;
    return element;
  }));
}

/** A bar a cell, from the mean to the left and right. */
function barsView() {
  const scale = h("span", {});
  const list = h("ol", { class: "cells" });
  const rows = [];
  return {
    element: list, scale,
    show(pack, levels) {
      const middle = mean(pack.cells);
      const cells = pack.cells ?? [];
      while (rows.length < cells.length) {
        rows.push(cellRow());
        list.append(rows.at(-1).element);
      }
      while (rows.length > cells.length) rows.pop().element.remove();
      const volts = known(cells).map((cell) => cell.voltage_v);
      const farthest = Math.max(0, ...volts.map((one) => Math.abs(one - middle) * 1000));
      const span = SPANS.find((one) => one >= farthest) ?? SPANS.at(-1);
      setText(scale, volts.length ? t("cells.scale", { span: quantity(span, "mV") }) : "");
      const highest = Math.max(...volts);
      const lowest = Math.min(...volts);
      ordered(cells).forEach((cell, index) => rows[index].show(cell, middle, span, {
        isHighest: volts.length > 1 && highest > lowest && cell.voltage_v === highest,
        isLowest: volts.length > 1 && highest > lowest && cell.voltage_v === lowest,
        severity: severityOf(cell.voltage_v, levels),
      }));
    },
  };
}

/** What an alert would make of one cell's voltage; null where it is good. */
function severityOf(volts, levels) {
  if (!levels || volts === null) return null;
  if (volts >= levels.cell_high_alarm_v || volts <= levels.cell_low_alarm_v) return "alarm";
  return volts >= levels.cell_high_warning_v || volts <= levels.cell_low_warning_v ? "warning" : null;
}

function ordered(cells) {
  if (sort === "index") return cells;
  const direction = sort === "lowest" ? 1 : -1;
  return [...cells].sort((one, other) => direction * ((one.voltage_v ?? Infinity) - (other.voltage_v ?? Infinity)) || one.index - other.index);
}

function cellRow() {
  const name = h("span", { class: "cell-name" });
  const fill = h("span", { class: "cell-fill" });
  const marks = h("span", { class: "cell-marks" });
  const volts = value("V", 3, 5);
  const apart = h("span", { class: "cell-apart muted" });
  const element = h("li", { class: "cell" }, name, h("span", { class: "cell-bar", "aria-hidden": "true" }, fill), marks, volts.element, apart);
  let drawn = "";
  return {
    element,
    show(cell, middle, span, { isHighest, isLowest, severity }) {
      setText(name, String(cell.index));
      volts.show(cell.voltage_v);
      const millivolts = cell.voltage_v === null ? 0 : (cell.voltage_v - middle) * 1000;
      const share = Math.min(50, (Math.abs(millivolts) / span) * 50);
      fill.style.left = millivolts < 0 ? `${50 - share}%` : "50%";
      fill.style.width = `${share}%`;
      setText(apart, cell.voltage_v === null ? t("cells.missing") : `${millivolts > 0.05 ? "+" : ""}${number(millivolts, Math.abs(millivolts) < 99.95 ? 1 : 0)} mV`);
      setAttribute(element, "class", `cell${isHighest ? " is-highest" : ""}${isLowest ? " is-lowest" : ""}${cell.balancing ? " is-balancing" : ""}${cell.voltage_v === null ? " is-missing" : ""}${severity ? ` is-${severity}` : ""}`);
      const key = `${isHighest}${isLowest}${cell.balancing}${severity}`;
      if (key === drawn) return;
      drawn = key;
      replace(marks,
        severity ? h("span", { class: `cell-mark ${severity}`, title: severityName(severity) }, icon(severity), h("span", { class: "visually-hidden" }, severityName(severity))) : null,
        isHighest ? h("span", { class: "cell-mark", title: t("cells.highest") }, icon("up"), h("span", { class: "visually-hidden" }, t("cells.highest"))) : null,
        isLowest ? h("span", { class: "cell-mark", title: t("cells.lowest") }, icon("down"), h("span", { class: "visually-hidden" }, t("cells.lowest"))) : null,
        cell.balancing ? h("span", { class: "cell-mark balancing", title: t("cells.balancing") }, icon("balance"), h("span", { class: "visually-hidden" }, t("cells.balancing"))) : null);
    },
  };
}

function temperatureList(pack) {
  if (!pack.temperatures?.length) return h("p", { class: "muted" }, t("cells.no_sensor"));
  return h("ul", { class: "list plain-list" }, pack.temperatures.map((sensor) => h("li", {},
    h("span", { class: "row" }, icon("temperature"), sensor.name, h("span", { class: "muted small" }, t(`place.${sensor.place}`))),
    h("strong", {}, sensor.celsius === null ? t("cells.no_value") : quantity(sensor.celsius, "°C", 1)))));
}

function factList(pack) {
  const gate = (allowed) => (allowed === null ? null : t(allowed ? "cells.allowed" : "cells.forbidden"));
  const rows = [
    [t("cells.state"), h("span", { class: `badge ${pack.stage === "live" ? "good" : "warning"}` }, stageName(pack.stage))],
    [t("cells.activity"), pack.activity && activityName(pack.activity)],
    [t("cells.alarms"), pack.alarms?.length
      ? pack.alarms.map(({ alarm, severity }) => h("span", { class: `badge ${severity}` }, icon(severity), alarmName(alarm))) : t("cells.none")],
    [t("cells.charging"), gate(pack.charge_enabled)],
    [t("cells.discharging"), gate(pack.discharge_enabled)],
    [t("cells.family"), familyName(pack.family)],
    [t("cells.link"), h("code", {}, pack.link)],
    [t("cells.serial"), pack.serial && h("code", {}, pack.serial)],
    [t("cells.firmware"), pack.firmware],
    [t("cells.readings"), pack.missed === null ? null : t("cells.readings_text", { missed: number(pack.missed), refused: number(pack.refused) })],
  ];
  return rows.filter(([, shown]) => shown).map(([name, shown]) => h("div", {}, h("dt", {}, name), h("dd", {}, shown)));
}
