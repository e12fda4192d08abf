// Backup and restore; a restore shows first what it would change.

import * as api from "../../api.js";
import { h, icon, replace } from "../../dom.js";
import { t } from "../../i18n.js";
import { toast, toastProblem, problemText } from "../../parts/dialog.js";
import { refusalSentence } from "../../refusals.js";
import { changeList, unitsOf } from "./changes.js";

export function show(main) {
  const preview = h("div", { class: "stack", "aria-live": "polite" });
  const file = h("input", { type: "file", class: "visually-hidden", id: "backup-file", accept: ".json,application/json", onchange: choose });
  main.append(
    h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("backup.save"))),
      h("p", { class: "muted" }, t("backup.save_text")),
      h("div", { class: "row card-foot" },
        h("button", { type: "button", class: "button primary", onclick: () => save("") }, icon("download"), t("backup.without_secrets")),
        h("button", { type: "button", class: "button", onclick: () => save("?secrets=true") }, icon("lock"), t("backup.with_secrets")))),
    h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("backup.restore"))),
      h("p", { class: "muted" }, t("backup.restore_text")),
      h("div", { class: "row card-foot" }, file, h("label", { class: "button", for: "backup-file" }, icon("upload"), t("backup.choose"))), preview));

  async function save(query) {
    try { await api.save(`/api/config/export${query}`, "cellbridge-config.json"); } catch (error) { toastProblem(error); }
  }

  async function choose() {
    const chosen = file.files[0];
    file.value = "";
    if (!chosen) return;
    const text = await chosen.text();
    replace(preview, h("div", { class: "row" }, h("span", { class: "spinner" }), t("backup.checking")));
    try {
      const [schema, judged] = await Promise.all([api.get("/api/config/schema"), api.post("/api/config/import?dry_run=true", text)]);
      replace(preview, offer(chosen.name, text, judged, unitsOf(schema)));
    } catch (error) {
      const problems = error.problems?.length ? error.problems : [{ detail: problemText(error) }];
      replace(preview, h("div", { class: "note alarm" }, icon("alarm"), h("div", {}, h("strong", {}, t("backup.refused", { name: chosen.name })),
        h("ul", {}, problems.map((problem) => h("li", {}, refusalSentence(problem)))))));
    }
  }

  function offer(name, text, judged, unit) {
    if (!judged.changes.length) return h("div", { class: "note good" }, icon("good"), h("div", {}, t("backup.same", { name })));
    return [h("h3", {}, t("backup.preview", { name, count: judged.changes.length })), changeList(judged.changes, unit),
      h("div", { class: "row" }, h("button", { type: "button", class: "button", onclick: () => replace(preview) }, t("action.cancel")),
        h("button", { type: "button", class: "button primary", onclick: () => restore(text) }, t("backup.apply")))];
  }

  async function restore(text) {
    try {
      const answer = await api.post("/api/config/import", text);
      toast(t("settings.saved", { generation: answer.generation ?? "" }));
      replace(preview);
    } catch (error) { toastProblem(error); }
  }
}
