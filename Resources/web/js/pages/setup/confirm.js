// Confirming each pack: what the BMS says is filled in; what differs from it stands out.

import * as api from "../../api.js";
import { h, icon, replace, uniqueID } from "../../dom.js";
import { t } from "../../i18n.js";
import { plain } from "../../format.js";
import { problemText } from "../../parts/dialog.js";
import { refusalText } from "../../refusals.js";
import { chemistryName, settingLabel } from "../../words.js";
import { problemWith, readNumber } from "../settings/field.js";
import { draft, packNumbers } from "./draft.js";

const NUMBERS = [["cells", "", "int"], ["capacity_ah", "Ah", "float"], ["max_charge_a", "A", "float"], ["max_discharge_a", "A", "float"]];

export function show(card, { next }) {
  const forms = h("div", { class: "stack" });
  const message = h("p", { class: "alarm small", role: "alert" });
  const go = h("button", { type: "submit", class: "button primary" }, t("action.next"));
  const grid = { value: null };
  let fields = [];
  card.append(h("form", { class: "stack", novalidate: true, onsubmit: save }, forms, gridQuestion(grid), message, h("div", { class: "setup-actions" }, go)));

  async function load() {
    try {
      const [schema, configuration] = await Promise.all([api.get("/api/config/schema"), api.get("/api/config")]);
      const values = configuration.values;
      const packs = draft.packs.length ? draft.packs : packNumbers(values).map((number) => ({ number, found: null }));
      if (!packs.length) { location.hash = "#/setup/find"; return; }
      grid.put(values["site.has_grid"] ?? null);
      const bounds = Object.fromEntries(schema.settings.filter((one) => one.key.startsWith("pack.N.")).map((one) => [one.key.slice(7), one]));
      fields = packs.flatMap((pack) => packFields(pack, values, bounds));
      replace(forms, packs.map((pack) => h("fieldset", { class: "plain-fieldset pack-form" }, h("legend", { class: "label" }, t("pack.number", { number: pack.number })),
        fields.filter((field) => field.pack === pack.number).map((field) => field.element))));
    } catch (error) { message.textContent = problemText(error); }
  }

  async function save(event) {
    event.preventDefault();
    message.textContent = "";
    const wrong = fields.filter((field) => !field.check());
    if (wrong.length) { wrong[0].focus(); return; }
    const changes = Object.fromEntries(fields.map((field) => [field.key, field.value]));
    if (grid.value === null) { message.textContent = t("setup.confirm.grid_missing"); return; }
    changes["site.has_grid"] = grid.value;
    // Without a grid a gap in the data must not switch the island off: charging still ends at the same age.
    if (!grid.value) Object.assign(changes, { "freshness.stop_s": 60, "freshness.silent_s": 120 });
    go.disabled = true;
    try {
      await api.patch("/api/config", changes);
      next();
    } catch (error) {
      const field = fields.find((one) => one.key === error.field);
      if (field) { field.refuse(refusalText(error.message)); field.focus(); } else message.textContent = problemText(error);
    } finally { go.disabled = false; }
  }

  load();
}

function gridQuestion(grid) {
  const name = uniqueID("grid");
  const radios = [true, false].map((answer) => [answer, h("input", { type: "radio", name, onchange: () => { grid.value = answer; } })]);
  grid.put = (answer) => {
    grid.value = answer;
    for (const [one, radio] of radios) radio.checked = one === answer;
  };
  return h("fieldset", { class: "plain-fieldset" }, h("legend", { class: "label" }, t("setup.confirm.grid")),
    radios.map(([answer, radio]) => h("label", { class: "check scope" }, radio, h("span", {}, h("strong", {}, t(answer ? "word.yes" : "word.no")), " ", h("span", { class: "small muted" }, t(answer ? "setup.confirm.grid_yes" : "setup.confirm.grid_no"))))));
}

function packFields(pack, values, bounds) {
  const told = pack.found?.settings ?? {};
  const counted = pack.found?.reading?.cells?.length;
  return [chemistryField(pack, values, told, bounds.chemistry),
    ...NUMBERS.map(([name, unit, type]) => numberField(pack, name, unit, { ...bounds[name], type }, values[`pack.${pack.number}.${name}`], told[name] ?? (name === "cells" ? counted : undefined)))];
}

function frame(label, control, hint, element) {
  const message = h("p", { class: "error", id: `${control.id}-error`, role: "alert", hidden: true });
  return {
    element: h("div", { class: "field setting" }, h("div", { class: "setting-name" }, h("label", { for: control.id }, label)), h("div", { class: "setting-control" }, element, message, hint)),
    refuse(text) {
      message.hidden = !text;
      replace(message, text ? [icon("alarm"), h("span", {}, text)] : []);
      if (text) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    },
    focus() { control.focus(); },
  };
}

function chemistryField(pack, values, told, definition) {
  const key = `pack.${pack.number}.chemistry`;
  const select = h("select", { class: "select", id: uniqueID("chemistry") }, h("option", { value: "" }, t("setup.confirm.choose")),
    definition.values.map((word) => h("option", { value: word, selected: word === (values[key] ?? told.chemistry) }, chemistryName(word))));
  const field = frame(settingLabel(key), select, h("p", { class: "hint" }, t("setup.confirm.chemistry_hint")), select);
  Object.defineProperty(field, "value", { get: () => select.value });
  return Object.assign(field, {
    key, pack: pack.number,
    check() {
      field.refuse(select.value ? null : t("setup.confirm.required"));
      return Boolean(select.value);
    },
  });
}

function numberField(pack, name, unit, definition, stored, told) {
  const key = `pack.${pack.number}.${name}`;
  const input = h("input", { class: "input", id: uniqueID(name), inputmode: "decimal", autocomplete: "off", value: plainOrEmpty(stored ?? told), oninput: () => { compare(); } });
  const hint = h("p", { class: "hint" });
  const field = frame(settingLabel(key), input, hint, h("div", { class: "with-unit" }, input, unit ? h("span", { class: "unit" }, unit) : null));
  const read = () => (input.value.trim() === "" ? null : readNumber(input.value));

  /** Says what the BMS itself is set to, and stands out where that is another number. */
  function compare() {
    const now = read();
    if (told === undefined || told === null) { hint.className = "hint"; replace(hint, t(`setup.confirm.${name}_hint`)); return; }
    const text = `${plain(told)}${unit ? ` ${unit}` : ""}`;
    const isSame = now === told;
    const isDanger = name.startsWith("max_") && now > told;
    hint.className = isSame ? "hint" : isDanger || name === "cells" ? "differs alarm" : "differs warning";
    replace(hint, icon(isSame ? "good" : isDanger || name === "cells" ? "alarm" : "warning"),
      h("span", {}, isSame ? t("setup.confirm.as_bms", { value: text }) : t(isDanger ? "setup.confirm.above_bms" : "setup.confirm.unlike_bms", { value: text })));
  }
  compare();
  Object.defineProperty(field, "value", { get: read });
  return Object.assign(field, {
    key, pack: pack.number,
    check() {
      const now = read();
      const problem = now === null ? t("setup.confirm.required") : problemWith(definition, now);
      field.refuse(problem);
      return !problem;
    },
  });
}

function plainOrEmpty(value) { return value === null || value === undefined ? "" : plain(value); }
