// One setting as a field, made from its definition in the schema.

import { h, icon, replace, uniqueID } from "../../dom.js";
import { t, tOr } from "../../i18n.js";
import { plain } from "../../format.js";
import { choiceLabel, helpText, settingLabel } from "../../words.js";
import { settingText } from "./changes.js";

/** Reads a number as people write it, with a comma or a point; NaN where it is none. */
export function readNumber(text) {
  const trimmed = text.trim().replace(/[\s\u202F\u00A0]/g, "").replace(",", ".").replace("−", "-");
  return /^-?\d*\.?\d+$/.test(trimmed) ? Number(trimmed) : NaN;
}

/** What is wrong with a value by the schema alone, in a sentence; null when nothing is. */
export function problemWith(definition, value) {
  if (value === null || definition.type === "bool" || definition.type === "enum") return null;
  if (definition.type === "int" || definition.type === "float") {
    if (Number.isNaN(value)) return t("field.not_a_number");
    if (definition.type === "int" && !Number.isInteger(value)) return t("field.not_whole");
    const { minimum, maximum } = definition;
    if (value < minimum || value > maximum) return t("field.out_of_range", { minimum: plain(minimum), maximum: plain(maximum) });
    return null;
  }
  const size = new TextEncoder().encode(value).length;
  if (definition.max_bytes && size > definition.max_bytes) return t("field.too_long", { count: definition.max_bytes });
  return null;
}

function hintOf(definition) {
  const parts = [];
  if (definition.minimum !== undefined) parts.push(`${plain(definition.minimum)} … ${plain(definition.maximum)}`);
  const standard = definition.default_note ? tOr(`note.${definition.default_note}`, definition.default_note)
    : definition.default === null ? null : settingText(definition.key, definition.default, definition.unit);
  if (standard) parts.push(t("field.default", { value: standard }));
  if (definition.restarts?.length) parts.push(t("field.restarts", { parts: definition.restarts.map((part) => tOr(`child.${part}`, part)).join(", ") }));
  return parts.join(" · ");
}

/**
 * A field. `changed()` is called at every edit; the field then has `isChanged` and `value`, null for the default.
 */
export function settingField(definition, key, { value, origin }, changed) {
  const id = uniqueID("setting");
  const isLocked = origin === "command_line" || origin === "environment";
  const secret = definition.secret;
  const before = secret || value === undefined ? null : value;
  const message = h("p", { class: "error", id: `${id}-error`, role: "alert", hidden: true });
  const isSet = before !== null && origin !== "default";
  const back = h("button", { type: "button", class: "button plain to-default", hidden: true, title: t("field.to_default"), "aria-label": t("word.pair", { name: settingLabel(key), value: t("field.to_default") }), onclick: toDefault }, icon("undo"));
  let draft = before;
  const control = build();
  const input = control.input;

  function build() {
    const shared = { id, disabled: isLocked, "aria-describedby": `${id}-hint ${id}-error`, name: key };
    if (definition.type === "bool") {
      const box = h("input", { ...shared, type: "checkbox", checked: before === true, onchange: () => set(box.checked) });
      const word = h("span", {}, t(before ? "word.on" : "word.off"));
      return { input: box, element: h("label", { class: "switch" }, box, h("span", { class: "track" }), word),
        put(next) { box.checked = next === true; word.textContent = t(box.checked ? "word.on" : "word.off"); } };
    }
    if (definition.type === "enum") {
      const select = h("select", { ...shared, class: "select", onchange: () => set(select.value || null) },
        definition.default === null || before === null ? h("option", { value: "" }, t("setting.default")) : null,
        definition.values.map((word) => h("option", { value: word, selected: word === before }, choiceLabel(key, word))));
      return { input: select, element: select, put(next) { select.value = next ?? definition.default ?? ""; } };
    }
    const isNumber = definition.type === "int" || definition.type === "float";
    const text = h("input", { ...shared, class: "input", type: secret ? "password" : "text", autocomplete: "off", spellcheck: "false",
      inputmode: isNumber ? "decimal" : null, value: before === null ? "" : plain(before),
      placeholder: secret ? t(value?.set ? "field.secret_kept" : "field.secret_none") : placeholder(),
      oninput: () => set(text.value.trim() === "" ? null : isNumber ? readNumber(text.value) : text.value) });
    return { input: text, element: h("div", { class: "with-unit" }, text, definition.unit ? h("span", { class: "unit" }, definition.unit) : null),
      put(next) { text.value = next === null ? "" : plain(next); } };
  }

  function placeholder() {
    if (definition.default_note) return tOr(`note.${definition.default_note}`, definition.default_note);
    return definition.default === null ? "" : plain(definition.default);
  }

  function set(next) {
    draft = next;
    if (definition.type === "bool") control.put(next);
    field.refuse(problemWith(definition, next));
    mark();
    changed();
  }

  function toDefault() {
    draft = null;
    control.put(definition.type === "bool" ? definition.default : null);
    field.refuse(null);
    mark();
    changed();
  }

  function mark() {
    element.classList.toggle("is-changed", field.isChanged);
    back.hidden = isLocked || !isSet || draft === null;
  }

  const element = h("div", { class: "field setting", "data-key": key },
    h("div", { class: "setting-name" }, h("label", { for: id }, settingLabel(key)), h("code", { class: "small muted" }, key)),
    h("div", { class: "setting-control" }, h("div", { class: "control-line" }, control.element, back), message,
      h("p", { class: "hint", id: `${id}-hint` }, helpText(definition.help), h("br"), h("span", { class: "small" }, hintOf(definition))),
      isLocked ? h("div", {}, h("span", { class: "badge" }, icon("lock"), t(`field.origin.${origin}`))) : null));

  const field = {
    key, element, definition,
    get value() { return draft; },
    get before() { return before; },
    get isChanged() { return !Object.is(draft, before); },
    get isRefused() { return !message.hidden; },
    /** Shows what is wrong at the field itself, or nothing any more. */
    refuse(text) {
      message.hidden = !text;
      replace(message, text ? [icon("alarm"), h("span", {}, text)] : []);
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
    /** Puts a value in as if it had been typed. */
    put(next) {
      control.put(next);
      set(next);
    },
    undo() {
      draft = before;
      control.put(before ?? (definition.type === "bool" ? definition.default : null));
      field.refuse(null);
      mark();
    },
    focus() { input.focus({ preventScroll: true }); element.scrollIntoView({ block: "center" }); },
  };
  mark();
  return field;
}
