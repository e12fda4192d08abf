// Changes as people read them: old → new.

import { h } from "../../dom.js";
import { t } from "../../i18n.js";
import { plain } from "../../format.js";
import { choiceLabel, settingTitle } from "../../words.js";

/** A setting's value for people; null is its default. */
export function settingText(key, value, unit) {
  if (value === null || value === undefined || value === "") return t("setting.default");
  if (typeof value === "object") return value.set ? t("setting.secret_set") : t("setting.default");
  if (typeof value === "boolean") return t(value ? "word.on" : "word.off");
  if (typeof value === "string") return choiceLabel(key, value);
  return unit ? `${plain(value)}\u00A0${unit}` : plain(value);
}

/** The unit of every setting, from the schema. */
export function unitsOf(schema) {
  const units = new Map(schema.settings.map((one) => [one.key, one.unit]));
  return (key) => units.get(key.replace(/^pack\.\d+\./, "pack.N."));
}

/** A list of changes `{key, old, new}`. */
export function changeList(changes, unit = () => null) {
  return h("ul", { class: "list change-list" }, changes.map((change) => h("li", {},
    h("div", {}, h("strong", {}, settingTitle(change.key)), " ", h("code", { class: "small muted" }, change.key)),
    h("div", { class: "change-arrow" },
      h("span", { class: "old" }, settingText(change.key, change.old, unit(change.key))), h("span", { "aria-label": t("change.to") }, "→"),
      h("span", { class: "new" }, settingText(change.key, change.new, unit(change.key)))))));
}
