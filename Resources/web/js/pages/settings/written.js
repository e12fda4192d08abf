// What is to be written into a BMS, and what it reads back: old → new → read back, the same for settings and switches.

import { h, icon } from "../../dom.js";
import { t } from "../../i18n.js";

/** Old → new, to be agreed to. */
export function changeItem(name, old, next) {
  return h("li", {}, h("strong", {}, name),
    h("div", { class: "change-arrow" }, h("span", { class: "old" }, old), "→", h("span", { class: "new" }, next)));
}

/** Old → new → what the BMS reads back, and whether it took it. */
export function resultItem(name, { old, next, readBack, ok, problem }) {
  return h("li", {}, h("strong", {}, name),
    h("div", { class: "change-arrow" }, h("span", { class: "old" }, old), "→", h("span", { class: "new" }, next), "→",
      h("span", {}, t("registers.read_back"), " ", h("strong", {}, readBack)),
      h("span", { class: `badge ${ok ? "good" : "alarm"}` }, icon(ok ? "good" : "alarm"), t(ok ? "registers.ok" : "registers.failed"))),
    ok || !problem ? null : h("p", { class: "small alarm" }, problem));
}
