// The BMS's own settings: old → new → what it reads back. Its switches stand above them.

import * as api from "../../api.js";
import { h, icon, replace, setText, uniqueID } from "../../dom.js";
import { t } from "../../i18n.js";
import { moment, plain } from "../../format.js";
import { openDialog, problemText, toastProblem } from "../../parts/dialog.js";
import { telemetry } from "../../telemetry.js";
import { refusalText } from "../../refusals.js";
import { familyName, packName, registerLabel } from "../../words.js";
import { problemWith, readNumber } from "./field.js";
import { switchCard } from "./switches.js";
import { changeItem, resultItem } from "./written.js";

export function show(main, { rest }) {
  const packs = telemetry.status?.packs ?? [];
  let pack = Number(rest[0]) || packs[0]?.id || 1;
  let rows = [];
  const tabs = h("nav", { class: "segments", "aria-label": t("cells.packs"), hidden: packs.length < 2 }, packs.map((one) => h("a", {
    href: `#/settings/registers/${one.id}`, "aria-current": one.id === pack ? "page" : null }, packName(one))));
  const about = h("p", { class: "muted" }, t("registers.about"));
  const read = h("span", { class: "small muted" });
  const list = h("div", { class: "registers" });
  const count = h("strong", { class: "spring" });
  const bar = h("div", { class: "sticky-bar", hidden: true }, count,
    h("button", { type: "button", class: "button", onclick: () => load() }, t("settings.discard")),
    h("button", { type: "button", class: "button primary", onclick: review }, t("registers.review")));
  const switches = switchCard(pack);
  main.append(tabs, switches.element, h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("registers.title")), h("span", { class: "spring" }), read,
    h("button", { type: "button", class: "button slim", onclick: () => load() }, icon("refresh"), t("registers.read"))), about, list), bar);

  async function load() {
    replace(list, h("p", { class: "row muted" }, h("span", { class: "spinner" }), t("registers.reading")));
    bar.hidden = true;
    try {
      const answer = await api.get(`/api/registers?pack=${pack}`, { timeout: 20_000 });
      setText(read, `${familyName(answer.family)} · ${moment(answer.read)}`);
      rows = answer.registers.filter((one) => one.writable).map((register) => registerRow(register, update));
      replace(list, rows.map((row) => row.element));
    } catch (error) {
      rows = [];
      replace(list, error.status === 404 ? h("p", { class: "muted" }, t("registers.none")) : h("div", { class: "note warning" }, icon("warning"), h("div", {}, problemText(error))));
    }
  }

  function update() {
    const changed = rows.filter((row) => row.isChanged);
    bar.hidden = !changed.length;
    setText(count, t("settings.changes", { count: changed.length }));
  }

  async function review() {
    const changed = rows.filter((row) => row.isChanged);
    const wrong = changed.find((row) => row.isRefused);
    if (wrong) { wrong.focus(); return; }
    const results = await openDialog(t("registers.write_title"), (close) => writeDialog(close, changed));
    if (!results) return;
    if (results.problem) {
      const row = rows.find((one) => one.register.name === results.problem.field);
      if (row) { row.refuse(refusalText(results.problem.message)); row.focus(); } else toastProblem(results.problem);
      return;
    }
    await openDialog(t("registers.result_title"), (close) => ({
      body: resultList(results, rows), foot: [h("button", { type: "submit", class: "button primary" }, t("action.done"))], onSubmit: () => close(),
    }));
    load();
  }

  function writeDialog(close, changed) {
    const sure = h("input", { type: "checkbox", onchange: () => { write.disabled = !sure.checked; } });
    const write = h("button", { type: "submit", class: "button danger", disabled: true }, t("registers.write"));
    const message = h("p", { class: "alarm small", role: "alert" });
    return {
      body: [h("ul", { class: "list change-list" }, changed.map(({ register, value }) =>
        changeItem(registerLabel(register), shown(register, register.value), shown(register, value)))),
      changed.some(({ register }) => register.restarts) ? h("div", { class: "note warning" }, icon("warning"), h("div", {}, t("registers.restarts"))) : null,
      h("div", { class: "note warning" }, icon("warning"), h("div", {}, t("registers.warning"))),
      h("label", { class: "check" }, sure, t("registers.sure")), message],
      foot: [h("button", { type: "button", class: "button", onclick: () => close() }, t("action.cancel")), write],
      async onSubmit() {
        write.disabled = true;
        try {
          const answer = await api.patch("/api/registers", { pack, values: Object.fromEntries(changed.map((row) => [row.register.name, row.value])) }, { timeout: 60_000 });
          close(answer.results);
        } catch (error) {
          if (error.status === 422) close({ problem: error });
          else { message.textContent = problemText(error); write.disabled = false; }
        }
      },
    };
  }

  load();
  return () => switches.leave();
}

function shown(register, value) {
  if (value === null || value === undefined) return "–";
  if (register.choices) return register.choices[value] ?? String(value);
  return register.unit ? `${plain(value)}\u00A0${register.unit}` : plain(value);
}

/** Old → new → what the BMS reads back. */
function resultList(results, rows) {
  return h("ul", { class: "list change-list" }, results.map((result) => {
    const register = rows.find((row) => row.register.name === result.name)?.register ?? result;
    return resultItem(registerLabel(register), { old: shown(register, result.old), next: shown(register, result.new),
      readBack: shown(register, result.read_back), ok: result.ok, problem: result.problem });
  }));
}

function registerRow(register, changed) {
  const id = uniqueID("register");
  const message = h("p", { class: "error", id: `${id}-error`, role: "alert", hidden: true });
  let draft = register.value;
  const set = (next) => {
    draft = next;
    row.refuse(register.choices ? null : problemWith({ type: "float", minimum: register.minimum ?? -Infinity, maximum: register.maximum ?? Infinity }, next));
    row.element.classList.toggle("is-changed", row.isChanged);
    changed();
  };
  const input = register.choices
    ? h("select", { class: "select", id, onchange: () => set(Number(input.value)) },
      Object.entries(register.choices).map(([raw, word]) => h("option", { value: raw, selected: Number(raw) === register.value }, word)))
    : h("input", { class: "input", id, inputmode: "decimal", autocomplete: "off", value: register.value === null ? "" : plain(register.value), "aria-describedby": `${id}-error`,
      oninput: () => set(input.value.trim() === "" ? register.value : readNumber(input.value)) });
  // Between which values, and which the BMS was delivered with, as far as it or the catalogue tells.
  const range = register.choices || register.minimum === undefined || register.minimum === null ? ""
    : `${plain(register.minimum)} … ${shown(register, register.maximum)}`;
  const standard = register.default === null || register.default === undefined ? "" : t("registers.default", { value: shown(register, register.default) });
  const hint = [range, standard, register.limits_from === "bms" && range ? t("registers.from_bms") : ""].filter(Boolean).join(" · ");
  const row = {
    register,
    element: h("div", { class: "field register" }, h("label", { for: id }, registerLabel(register), h("span", { class: "small muted register-number" }, ` ${t("registers.number", { number: register.number })}`)),
      h("div", { class: "setting-control" }, h("div", { class: "with-unit" }, input, h("span", { class: "unit" }, register.unit)), message, hint ? h("p", { class: "hint small" }, hint) : null)),
    get value() { return draft; },
    get isChanged() { return draft !== register.value; },
    get isRefused() { return !message.hidden; },
    refuse(text) {
      message.hidden = !text;
      replace(message, text ? [icon("alarm"), h("span", {}, text)] : []);
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
    focus() { input.focus(); },
  };
  return row;
}
