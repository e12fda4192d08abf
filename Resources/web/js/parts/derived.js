// What follows from a pack's readings over time: each figure by name, and whether the BMS or this gateway counted it.

import { h, replace } from "../dom.js";
import { duration, energy, number, quantity } from "../format.js";
import { t } from "../i18n.js";

/** Fills a description list, and only where something has changed to the eye. */
export function derivedView(element) {
  let drawn = "";
  return {
    show(derived) {
      const rows = derived ? rowsOf(derived) : [];
      const key = JSON.stringify(rows);
      if (key === drawn) return;
      drawn = key;
      replace(element, rows.map(([name, shown]) => h("div", {}, h("dt", {}, t(name)), h("dd", {}, shown))));
    },
  };
}

/** Names and texts; what is not known yet has no row, but for the spread at rest, which says what it waits for. */
function rowsOf(derived) {
  const one = (key, unit, digits, factor = 1) => (derived[key] == null ? null : quantity(derived[key] * factor, unit, digits));
  const pair = (first, second) => [first, second].filter(Boolean).join(" · ") || null;
  const rows = [
    ["energy.charged", energy(derived.charged_wh)],
    ["energy.discharged", energy(derived.discharged_wh)],
    ["cells.means", pair(one("current_mean_1min_a", "A", 1), one("current_mean_15min_a", "A", 1))],
    ["cells.power_means", pair(one("power_mean_1min_w", "W", 0), one("power_mean_15min_w", "W", 0))],
    ["cells.rest", derived.cell_delta_rest_v == null ? t("cells.rest_none") : t("cells.rest_text", {
      spread: quantity(derived.cell_delta_rest_v * 1000, "mV", 1), age: duration(derived.cell_delta_rest_age_s) })],
    ["cells.corrected", one("cell_delta_corrected_v", "mV", 1, 1000)],
    ["cells.warming", pair(one("temperature_gradient_k", "K", 1), one("temperature_rate_k_per_min", "K/min", 2))],
    ["cells.cycles", pair(
      derived.equivalent_cycles == null ? null : t("cells.cycles_charge", { count: number(derived.equivalent_cycles, 2) }),
      derived.rainflow_equivalent_cycles == null ? null : t("cells.cycles_depth", { count: number(derived.rainflow_equivalent_cycles, 2) }))],
    ["cells.own_soc", derived.soc_own_percent == null ? null : t("cells.own_soc_text", {
      own: number(derived.soc_own_percent, 1), about: number(derived.soc_own_uncertainty_percent, 1),
      bms: derived.soc_bms_percent == null ? "–" : number(derived.soc_bms_percent, 1) })],
    ["cells.capacity", derived.measured_capacity && t("cells.capacity_text", {
      capacity: number(derived.measured_capacity.capacity_ah, 1), about: number(derived.measured_capacity.uncertainty_ah, 1) })],
  ];
  return rows.filter(([, shown]) => shown);
}
