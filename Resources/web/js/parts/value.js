// Values that keep their width, and ages that appear once a value is not fresh.

import { h, setText } from "../dom.js";
import { t } from "../i18n.js";
import { age, number } from "../format.js";
import { telemetry } from "../telemetry.js";
import { FRESH } from "../verdict.js";

/** A number with its unit; `width` is the room in digits that it never leaves. */
export function value(unit, digits, width) {
  const text = h("span", { class: "number" }, number(null));
  text.style.minWidth = `${width}ch`;
  const element = h("span", { class: "value" }, text, unit ? h("span", { class: "unit" }, unit) : null);
  return { element, show: (amount) => setText(text, number(amount, digits)) };
}

/** How old values are, shown only while they are not fresh. */
export function ageMark() {
  const element = h("span", { class: "age" });
  return {
    element,
    /** Takes the age of the data in s; null means unknown and shows nothing. */
    show(seconds) {
      setText(element, seconds !== null && seconds > FRESH ? t("age.old", { age: age(seconds) }) : "");
    },
  };
}

/** Age of the battery's values now: that of the data, or where there is none the silence of the gateway. */
export function batteryAge() {
  return telemetry.age(telemetry.status?.battery.age_s ?? 0);
}

/** A list of named values: `[key, label, unit, digits, width, pick]`; `show(source, age)` fills them. */
export function figures(rows) {
  const parts = rows.map(([, label, unit, digits, width, pick]) => {
    const shown = digits === null ? null : value(unit, digits, width);
    const text = shown ? null : h("span", {});
    const mark = ageMark();
    const element = h("div", { class: "figure" }, h("dt", {}, label, " ", mark.element), h("dd", {}, shown?.element ?? text));
    return { element, mark, show: (source) => (shown ? shown.show(pick(source)) : setText(text, pick(source))) };
  });
  const element = h("dl", { class: "figures" }, parts.map((part) => part.element));
  return {
    element,
    show(source, seconds) {
      element.classList.toggle("is-old", seconds > FRESH);
      for (const part of parts) {
        part.show(source);
        part.mark.show(seconds);
      }
    },
  };
}
