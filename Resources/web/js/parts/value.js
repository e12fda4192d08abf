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

/** How old values are, shown only while they are not fresh; short beside a value, where the card says it in words. */
export function ageMark(isShort = false) {
  const element = h("span", { class: "age" });
  return {
    element,
    /** Takes the age of the data in s; null means unknown and shows nothing. */
    show(seconds) {
      setText(element, seconds !== null && seconds > FRESH ? (isShort ? age(seconds) : t("age.old", { age: age(seconds) })) : "");
    },
  };
}

/** Age of the battery's values now: that of the data, or where there is none the silence of the gateway. */
export function batteryAge() {
  return telemetry.age(telemetry.status?.battery.age_s ?? 0);
}

/** A list of named values: `[label, unit, digits, width, pick]`; `show(source, age)` fills them. */
export function figures(rows) {
  const parts = rows.map(([label, unit, digits, width, pick]) => {
    const shown = digits === null ? null : value(unit, digits, width);
    const text = shown ? null : h("span", {});
    const mark = ageMark(true);
    const element = h("div", { class: "figure" }, h("dt", {}, label), h("dd", {}, shown?.element ?? text, " ", mark.element));
    return { element, mark, shown, text, pick };
  });
  const element = h("dl", { class: "figures" }, parts.map((part) => part.element));
  return {
    element,
    show(source, seconds) {
      element.classList.toggle("is-old", seconds > FRESH);
      for (const { pick, shown, text, mark } of parts) {
        const amount = pick(source);
        if (shown) shown.show(amount);
        else setText(text, amount);
        // An unknown value has no age.
        mark.show(amount === null || amount === undefined ? null : seconds);
      }
    },
  };
}
