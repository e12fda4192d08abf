// The gateway's words in the user's language: rules, alarms, modes, stages, evidence, settings, registers.

import { t, tOr, currentLanguage } from "./i18n.js";
import { age, number, plain, quantity } from "./format.js";

export const ruleName = (rule) => tOr(`rule.${rule}`, rule);
export const ruleMeaning = (rule) => tOr(`rule.${rule}.about`, "");
export const alarmName = (alarm) => tOr(`alarm.${alarm}`, alarm);
export const modeName = (mode) => tOr(`mode.${mode}`, mode);
export const modeMeaning = (mode) => tOr(`mode.${mode}.about`, "");
export const stageName = (stage) => tOr(`stage.${stage}`, stage);
export const activityName = (activity) => tOr(`activity.${activity}`, activity);
export const familyName = (family) => tOr(`family.${family}`, family);
export const chemistryName = (chemistry) => tOr(`chemistry.${chemistry}`, chemistry);
export const canStateName = (state) => tOr(`can.state.${state}`, state);
export const childName = (child) => tOr(`child.${child}`, child);
export const switchName = (name) => tOr(`switch.${name}`, name);
export const switchState = (closed) => t(closed === null || closed === undefined ? "switches.unknown" : closed ? "switches.closed" : "switches.opened");
export const levelName = (level) => tOr(`level.${level}`, level);
export const severityName = (severity) => tOr(`severity.${severity}`, severity);

/** Icon of a severity or a verdict. */
export const severityIcon = { good: "good", info: "info", warning: "warning", alarm: "alarm", unknown: "unknown" };

/** Where an alert begins; empty where it has no threshold. */
export function thresholdText(reading) {
  const text = amountText(reading.threshold, reading.unit, 2);
  return text && t("alert.threshold", { threshold: text });
}

/** A measured amount; a voltage below one volt is a difference of cells. */
function amountText(amount, unit, voltDigits = 3) {
  if (amount === null || amount === undefined) return "";
  if (unit === "V" && amount < 1) return quantity(amount * 1000, "mV");
  return quantity(amount, unit, { V: voltDigits, "%": 0 }[unit] ?? 1);
}

/** What an alert measured when it began, and where it begins; empty where it measures nothing. */
export function readingText({ value, threshold, unit, cell }) {
  const amount = amountText(value, unit);
  if (!amount) return "";
  const shown = cell ? t("alert.cell", { cell, value: amount }) : amount;
  return amountText(threshold, unit) ? t("alert.reading", { value: shown, threshold: amountText(threshold, unit, 2) }) : shown;
}

/** A pack's name: the user's, else its number. */
export function packName(pack) { return pack.name || t("pack.number", { number: pack.id }); }

const evidence = [
  [/^pack (\d+) cell (\d+) at (-?[\d.]+) V$/, "evidence.cell", (m) => ({ pack: m[1], cell: m[2], volts: number(+m[3], 3) })],
  [/^pack (\d+) at (-?[\d.]+) V a cell$/, "evidence.mean", (m) => ({ pack: m[1], volts: number(+m[2], 3) })],
  [/^pack (\d+) sensor (.+) at (-?[\d.]+) °C$/, "evidence.sensor", (m) => ({ pack: m[1], sensor: m[2], celsius: number(+m[3], 1) })],
  [/^data ([\d.]+) s old$/, "evidence.age", (m) => ({ age: age(+m[1]) })],
  [/^pack (\d+) reports (\w+)$/, "evidence.alarm", (m) => ({ pack: m[1], alarm: alarmName(m[2]) })],
  [/^pack (\d+)$/, "evidence.pack", (m) => ({ pack: m[1] })],
];

/** What was measured behind a reason; the gateway's own text where its form is not known. */
export function evidenceText(detail, packCount = 2) {
  if (!detail) return "";
  const measured = /^(-?[\d.]+) (A|V)$/.exec(detail);
  if (measured) return quantity(+measured[1], measured[2], measured[2] === "A" ? 1 : 3);
  for (const [pattern, key, values] of evidence) {
    const match = pattern.exec(detail);
    if (!match) continue;
    // With one pack its number says nothing.
    const short = `${key}.one_pack`;
    return packCount < 2 && tOr(short, "") ? t(short, values(match)) : t(key, values(match));
  }
  return detail;
}

const problems = [
  [/^no answer: check the cable/, "problem.bms_silent"],
  [/^answers are damaged/, "problem.bms_garbled"],
  [/^the device does not answer like this family/, "problem.bms_other"],
  [/ went away: check the cable/, "problem.unplugged"],
  [/ is not there: check the cable/, "problem.not_there"],
];

/** Why a link gives no data, in the user's language where the sentence is known. */
export function problemSentence(text) {
  const known = problems.find(([pattern]) => pattern.test(text ?? ""));
  return known ? t(known[1]) : text;
}

/** Label of a setting, from its key with the pack's number as N. */
export function settingLabel(key) {
  return tOr(`setting.${key.replace(/^pack\.\d+\./, "pack.N.")}`, key);
}

/** Label of a setting where nothing around it says which pack is meant. */
export function settingTitle(key) {
  const pack = /^pack\.(\d+)\./.exec(key);
  return pack ? `${t("pack.number", { number: pack[1] })} · ${settingLabel(key)}` : settingLabel(key);
}

/** A word that a setting may be. */
export function choiceLabel(key, word) {
  const name = key.split(".").at(-1);
  return tOr(`choice.${name}.${word}`, word);
}

/** The help of a setting in the user's language. */
export function helpText(help) { return help?.[currentLanguage()] ?? help?.en ?? ""; }

/** Name of a BMS register. */
export function registerLabel(register) { return tOr(`register.${register.name}`, register.title); }

/** What an event means and what to do; null where nothing is known beyond its own text. */
export function eventAdvice(event) {
  const variants = [event.fields?.alarm, event.fields?.to, event.fields?.rule].filter(Boolean)
    .map((variant) => `${event.code}.${variant}`);
  for (const name of [...variants, event.code]) {
    const meaning = tOr(`event.${name}.means`, "");
    if (meaning) return { meaning, action: tOr(`event.${name}.do`, "") };
  }
  return null;
}

/** Fields of an event as they are shown in its sentence. */
const fieldTexts = {
  author: authorName,
  from: (value) => (typeof value === "number" ? number(value, 1) : tOr(`stage.${value}`, tOr(`mode.${value}`, String(value)))),
  to: (value) => fieldTexts.from(value),
  age_s: (value) => age(value),
  alarm: alarmName,
  severity: severityName,
  limit: (value) => String(value).toUpperCase(),
  rule: ruleName,
  state: canStateName,
};

/** What was written into a BMS, in the words of the page. */
function writtenFields({ name, old, new: next, ...fields }, isSwitch) {
  if (isSwitch) return { ...fields, name: switchName(name), old: switchState(old ?? null), new: switchState(next ?? null) };
  const shown = (value) => (typeof value === "number" ? plain(value) : "–");
  return { ...fields, name: registerLabel({ name, title: name }), old: shown(old), new: shown(next) };
}

/** An event's sentence in the user's language where its code and fields are known; the gateway's own otherwise. */
export function eventText(event) {
  const key = `event.${event.code}.text`;
  const template = tOr(key, "");
  const trouble = /^(pack \d+): (.*)$/.exec(event.text);
  if (trouble && problemSentence(trouble[2]) !== trouble[2]) {
    return t("word.pair", { name: t("pack.number", { number: trouble[1].slice(5) }), value: problemSentence(trouble[2]) });
  }
  const fields = { ...event.fields };
  const measured = event.code === "alarm_raised" && readingText(fields);
  if (measured) return measured;
  if (event.code === "alarm_raised" && fields.pack) return t("event.alarm_raised.bms");
  if (event.code === "bms_link" && fields.open) return t("event.bms_link.open", { pack: fields.pack, link: fields.link });
  if (fields.fault) return t("event.mode.fault.text", { pack: fields.pack, value: amountText(fields.value, fields.fault === "over_temperature" ? "°C" : "V") });
  if (event.code === "limit_fell") Object.assign(fields, limitUnits(fields));
  if (event.code.startsWith("bms.")) {
    const words = writtenFields(fields, event.code === "bms.switch_written");
    words.author = authorName(words.author);
    return t(fields.ok ? "event.bms.written" : "event.bms.not_written", words);
  }
  if (!template) return event.text;
  const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  if (names.some((name) => fields[name] === undefined || fields[name] === null)) return event.text;
  return t(key, Object.fromEntries(names.map((name) => [name, fieldTexts[name]?.(fields[name]) ?? fields[name]])));
}

/** Amounts of a limit with its unit. */
function limitUnits({ limit, from, to }) {
  const unit = limit === "cvl" ? "V" : "A";
  return { from: amountText(from, unit, 1), to: amountText(to, unit, 1) };
}

/** Who changed a setting. */
export function authorName(name) {
  const [kind, rest] = (name ?? "").split(":");
  return tOr(`author.${kind}`, name ?? "") + (rest ? ` ${rest}` : "");
}

/** What kind of event it is, in a few words. */
export function eventTitle(event) {
  const variant = event.variant ?? "";
  if (event.code === "mode" && variant.startsWith("fault ")) return t(`fault.${variant.slice(6)}`);
  if (event.code === "alarm_raised" && variant) return alarmName(variant);
  if (event.code === "stage" && variant) return tOr(`event.stage.${variant}`, t("event.stage"));
  if (event.fields?.alarm) return alarmName(event.fields.alarm);
  return tOr(`event.${event.code}`, event.code);
}
