// Is it safe? One sentence, one colour, one icon, drawn from the live picture alone.

import { t } from "./i18n.js";
import { age as ageText } from "./format.js";
import { alarmName, problemSentence, thresholdText } from "./words.js";

/** Above this age (s) data is not fresh; the gateway's own stage decides what follows from it. */
export const FRESH = 2;

/**
 * What is raised, alarms first, one entry a kind: what the inverter is told of, and the monitor's own thresholds with their
 * measurement. `{alarm, severity, value, threshold, unit, pack}`, where all but the first two may be missing.
 */
export function raisedAlarms({ status, alerts }) {
  const found = new Map((status?.alarms ?? []).map((one) => [one.alarm, { alarm: one.alarm, severity: one.severity }]));
  for (const alert of alerts) {
    if (alert.code !== "alarm_raised" || !alert.variant) continue;
    const known = found.get(alert.variant);
    const severity = [known?.severity, alert.severity].includes("alarm") ? "alarm" : "warning";
    // Of several packs the first is the worst.
    if (known?.value === undefined) found.set(alert.variant, { ...alert, alarm: alert.variant, severity });
    else known.severity = severity;
  }
  return [...found.values()].sort((one, other) => (one.severity === other.severity ? 0 : one.severity === "alarm" ? -1 : 1));
}

/** `{level, icon, title, detail, isNamed}`; `isNamed` where the title is the name of an alarm. Level is good, info, warning, alarm or unknown. */
export function verdict(live) {
  const { status, connection, silence } = live;
  const say = (level, icon, key, values, detail, isNamed = false) => ({
    level, icon, title: t(`verdict.${key}`, values), isNamed,
    detail: isNamed ? [t(`verdict.${key}.detail`, values), detail].filter(Boolean).join(" ") : detail ?? t(`verdict.${key}.detail`, values),
  });
  if (connection === "lost") return say("unknown", "link-off", "lost", { age: ageText(silence) });
  if (!status) return say("unknown", "unknown", "connecting");

  const { battery, limits, inverter, packs } = status;
  const raised = raisedAlarms(live);
  const old = { age: ageText(live.age(battery.age_s)) };
  const trouble = problemSentence(packs.find((pack) => pack.problem)?.problem);
  if (!packs.length) return say("info", "info", "empty");
  switch (status.stage) {
    case "silent": return say("alarm", "alarm", "silent", old, trouble);
    case "stop": return say("alarm", "alarm", "stop", old);
    case "no_charge": return say("alarm", "alarm", "no_charge", old);
    case "no_data": return say("warning", "warning", "no_data", {}, trouble);
  }
  if (limits.mode === "fault" || status.faults?.length) return say("alarm", "alarm", "fault");
  const severe = raised.filter((one) => one.severity === "alarm");
  if (severe.length) return say("alarm", "alarm", "alarms", { count: severe.length, first: alarmName(severe[0].alarm) }, thresholdText(severe[0]), true);
  const bus = busTrouble(inverter, say);
  if (bus?.level === "alarm") return bus;
  if (status.stage === "stale") return say("warning", "warning", "stale", old);
  const missing = packs.filter((pack) => pack.stage !== "live");
  if (missing.length) {
    return say("warning", "warning", "packs_missing", { count: missing.length, pack: missing[0].id }, problemSentence(missing[0].problem));
  }
  if (bus) return bus;
  if (raised.length) return say("warning", "warning", "warnings", { count: raised.length, first: alarmName(raised[0].alarm) }, thresholdText(raised[0]), true);
  if (status.commissioned === false) return say("info", "info", "not_commissioned");
  if (inverter?.dry_because) return say("info", "info", `dry_${inverter.dry_because}`);
  return say("good", "shield-good", "good", { count: packs.length, ...old });
}

function busTrouble(inverter, say) {
  if (!inverter || inverter.dry_because || inverter.link === "dry:") return null;
  const values = { age: ageText(inverter.keepalive_age_s), problem: inverter.problem ?? "" };
  if (inverter.duplicate_bms) return say("alarm", "alarm", "duplicate_bms");
  if (!inverter.open) return say("alarm", "alarm", "can_closed", values, inverter.problem ?? undefined);
  if (inverter.tx_lost) return say("alarm", "alarm", "tx_lost");
  if (inverter.keepalive_age_s === null) return say("warning", "warning", "gx_never");
  if (inverter.keepalive_age_s > 600) return say("alarm", "alarm", "gx_silent", values);
  if (inverter.keepalive_age_s > 10) return say("warning", "warning", "gx_silent", values);
  return null;
}
