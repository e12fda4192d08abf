// The end: what to look for on the GX, a first backup, and on to the live page.

import * as api from "../../api.js";
import { h, icon, setAttribute, setIcon, setText } from "../../dom.js";
import { t } from "../../i18n.js";
import { age, quantity } from "../../format.js";
import { toastProblem } from "../../parts/dialog.js";
import { telemetry } from "../../telemetry.js";

export function show(card, { finish }) {
  telemetry.start();
  const lines = ["commissioned", "sending", "heard", "gx"].map((name) => {
    const sign = icon("clock");
    const text = h("span", {});
    return { name, sign, text, element: h("li", { class: "check-line" }, h("span", { class: "check-sign" }, sign), text) };
  });
  card.append(h("ul", { class: "checklist" }, lines.map((line) => line.element)),
    h("div", { class: "setup-actions" },
      h("button", { type: "button", class: "button", onclick: () => api.save("/api/config/export", "cellbridge-config.json").catch(toastProblem) }, icon("download"), t("setup.done.backup")),
      h("button", { type: "button", class: "button primary", onclick: finish }, t("setup.done.now"))));

  return telemetry.subscribe(({ status }) => {
    const inverter = status?.inverter;
    const isCommissioned = status?.commissioned === true;
    const isSending = isCommissioned && inverter?.open && !inverter.dry_because && inverter.link !== "dry:" && inverter.frames_sent > 0;
    const seconds = telemetry.age(inverter?.keepalive_age_s);
    const isHeard = seconds !== null && seconds < 10;
    const states = {
      commissioned: [isCommissioned, t(isCommissioned ? "setup.done.commissioned" : "setup.done.not_commissioned")],
      sending: [isSending, t(isSending ? "setup.done.sending" : inverter?.link === "dry:" ? "setup.done.dry" : "setup.done.not_sending")],
      heard: [isHeard, isHeard ? t("setup.done.heard", { age: age(seconds) }) : t("setup.done.not_heard")],
      gx: [false, t("setup.done.gx", { volts: quantity(status?.battery.voltage_v, "V", 1), soc: quantity(status?.battery.soc_percent, "%", 0) })],
    };
    for (const line of lines) {
      const [isGood, text] = states[line.name];
      setIcon(line.sign, isGood ? "good" : line.name === "gx" ? "right" : "clock");
      setAttribute(line.sign.parentElement, "class", isGood ? "check-sign good" : "check-sign");
      setText(line.text, text);
    }
  });
}
