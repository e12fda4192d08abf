// The dry run: what would be sent, and why, while nothing is.

import * as api from "../../api.js";
import { h, icon, setAttribute, setIcon, setText, replace } from "../../dom.js";
import { t } from "../../i18n.js";
import { quantity } from "../../format.js";
import { problemText } from "../../parts/dialog.js";
import { waterfall } from "../../parts/waterfall.js";
import { telemetry } from "../../telemetry.js";
import { problemSentence, stageName } from "../../words.js";

const LIMITS = [["cvl", "V", 2], ["ccl", "A", 1], ["dcl", "A", 1]];

export function show(card, { next }) {
  telemetry.start();
  const sign = icon("clock");
  const standing = h("strong", {});
  const detail = h("div", { class: "small" });
  const note = h("div", { class: "note", role: "status" }, sign, h("div", {}, standing, detail));
  const values = h("dl", { class: "figures dry-values" });
  const falls = LIMITS.map(([name, unit, digits]) => {
    const fall = waterfall(unit, digits);
    return { name, unit, digits, fall, element: h("section", { "aria-label": t(`limit.${name}`) }, h("h2", { class: "dry-title" }, `${t(`limit.${name}`)} `, h("span", { class: "muted small" }, name.toUpperCase())), fall.element) };
  });
  const sure = h("input", { type: "checkbox", onchange: () => update(telemetry) });
  const message = h("p", { class: "alarm small", role: "alert" });
  const go = h("button", { type: "button", class: "button primary", disabled: true, onclick: commission }, t("setup.dry.go"));
  let isBusy = false;
  card.append(note, values, h("div", { class: "stack" }, falls.map((one) => one.element)),
    h("label", { class: "check scope" }, sure, h("span", {}, t("setup.dry.sure"))), message, h("div", { class: "setup-actions" }, go));

  function update({ status, connection }) {
    // Whoever comes here again later has nothing to begin.
    const isSending = status?.commissioned === true;
    const isLive = connection === "live" && status?.stage === "live" && status.packs.every((pack) => pack.stage === "live");
    setAttribute(note, "class", `note ${isLive ? "good" : "warning"}`);
    setIcon(sign, isLive ? "good" : "clock");
    setText(standing, isLive ? t(isSending ? "setup.dry.sending" : "setup.dry.live") : connection === "live" && status ? t("setup.dry.waiting", { stage: stageName(status.stage) }) : t("live.connecting"));
    setText(detail, isLive ? t(isSending ? "setup.dry.sending_text" : "setup.dry.live_text") : problemSentence(status?.packs.find((pack) => pack.problem)?.problem) ?? "");
    sure.parentElement.hidden = isSending;
    setText(go, t(isSending ? "action.next" : "setup.dry.go"));
    go.disabled = isBusy || !isSending && (!isLive || !sure.checked);
    if (!status) return;
    const { battery, limits } = status;
    const shown = [[t("quantity.voltage"), quantity(battery.voltage_v, "V", 2)], [t("quantity.current"), quantity(battery.current_a, "A", 1)], [t("quantity.soc"), quantity(battery.soc_percent, "%", 0)],
      [t("cells.lowest"), quantity(battery.cell_min_v, "V", 3)], [t("cells.highest"), quantity(battery.cell_max_v, "V", 3)], [t("quantity.temperature"), quantity(battery.temperature_c, "°C", 1)]];
    if (!values.childElementCount) replace(values, shown.map(([name]) => h("div", { class: "figure" }, h("dt", {}, name), h("dd", {}))));
    shown.forEach(([, text], index) => setText(values.children[index].lastElementChild, text));
    for (const { name, unit, fall } of falls) {
      const floor = unit === "V" ? (limits.dvl_v ?? 0) * 0.98 : 0;
      fall.show(limits.reasons[name] ?? [], limits[`${name}_${unit.toLowerCase()}`], status.packs.length, floor);
    }
  }

  async function commission() {
    if (telemetry.status?.commissioned) { next(); return; }
    isBusy = true;
    go.disabled = true;
    try {
      await api.patch("/api/config", { "system.commissioned": true });
      next();
    } catch (error) { message.textContent = problemText(error); } finally {
      isBusy = false;
      update(telemetry);
    }
  }

  return telemetry.subscribe(update);
}
