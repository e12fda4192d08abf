// Numbers, times and ages for people. The API always has a point; the page follows the locale.

import { locale, t } from "./i18n.js";

const formats = new Map();

function format(kind, options) {
  const key = `${locale()}|${kind.name}|${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new kind(locale(), options));
  return formats.get(key);
}

/** What stands for an unknown value. */
export const unknown = "–";

/** Between a number and its unit: the narrow one all but vanishes in many fonts. */
const SPACE = "\u00A0";

/** A number with a fixed count of decimals and a true minus sign; "–" where it is unknown. */
export function number(value, digits = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) return unknown;
  const rounded = Number(value.toFixed(digits));
  return format(Intl.NumberFormat, { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .format(rounded === 0 ? 0 : rounded).replace("-", "−");
}

/** A number with a unit behind it. */
export function quantity(value, unit, digits = 0) {
  const text = number(value, digits);
  return unit ? `${text}${SPACE}${unit}` : text;
}

/** A number with as many decimals as it has, up to six: for settings. */
export function plain(value) {
  if (value === null || value === undefined) return unknown;
  if (typeof value !== "number") return String(value);
  return format(Intl.NumberFormat, { maximumFractionDigits: 6, useGrouping: false }).format(value).replace("-", "−");
}

/** A length of time in its two largest units: 42 s, 3 min, 1 h 20 min, 2 d 3 h. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return unknown;
  const whole = Math.max(0, Math.round(seconds));
  const part = (value, unit) => `${number(value)}${SPACE}${t(`unit.${unit}`)}`;
  if (whole < 60) return part(whole, "s");
  if (whole < 3600) return part(Math.floor(whole / 60), "min");
  const hours = Math.floor(whole / 3600);
  if (hours < 24) {
    const minutes = Math.floor((whole % 3600) / 60);
    return minutes ? `${part(hours, "h")} ${part(minutes, "min")}` : part(hours, "h");
  }
  const rest = hours % 24;
  return rest ? `${part(Math.floor(hours / 24), "d")} ${part(rest, "h")}` : part(Math.floor(hours / 24), "d");
}

/** An age: tenths below ten seconds, then as a length of time. */
export function age(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return unknown;
  return seconds < 9.95 ? quantity(Math.max(0, seconds), t("unit.s"), 1) : duration(seconds);
}

/** A moment: the time alone where it is today, else with the date. */
export function moment(text) {
  const date = new Date(text);
  if (!text || Number.isNaN(date.getTime())) return unknown;
  const today = date.toDateString() === new Date().toDateString();
  return format(Intl.DateTimeFormat, today
    ? { hour: "2-digit", minute: "2-digit", second: "2-digit" }
    : { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(date);
}

/** A time of day as logs have it, 24 hours whatever the locale. */
export function clock(time, withMilliseconds = false) {
  const date = new Date(time);
  const two = (amount, width = 2) => String(amount).padStart(width, "0");
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMilliseconds ? `${text}.${two(date.getMilliseconds(), 3)}` : text;
}

/** Energy: Wh below a kilowatt-hour, then kWh, then MWh. */
export function energy(wattHours) {
  if (wattHours === null || wattHours === undefined) return unknown;
  if (wattHours < 999.5) return quantity(wattHours, "Wh");
  if (wattHours < 999_950) return quantity(wattHours / 1e3, "kWh", wattHours < 99_950 ? 2 : 1);
  return quantity(wattHours / 1e6, "MWh", 2);
}

/** A size in bytes with a binary prefix. */
export function bytes(count) {
  if (count === null || count === undefined) return unknown;
  const prefixes = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = count > 0 ? Math.min(prefixes.length - 1, Math.floor(Math.log2(count) / 10)) : 0;
  return quantity(count / 1024 ** step, prefixes[step], step === 0 || count / 1024 ** step >= 100 ? 0 : 1);
}
