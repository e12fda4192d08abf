// Every generation of the configuration, and the way back to it.

import * as api from "../../api.js";
import { h, icon, replace } from "../../dom.js";
import { t } from "../../i18n.js";
import { moment } from "../../format.js";
import { openDialog, toast, toastProblem } from "../../parts/dialog.js";
import { authorName } from "../../words.js";
import { changeList, unitsOf } from "./changes.js";

export function show(main) {
  const list = h("ol", { class: "list" });
  const card = h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("history.title"))),
    h("p", { class: "muted small" }, t("history.about")), list);
  main.append(card);
  let unit = () => null;

  async function load() {
    try {
      const [schema, answer] = await Promise.all([api.get("/api/config/schema"), api.get("/api/config/history")]);
      unit = unitsOf(schema);
      const newest = answer.generations[0]?.generation;
      replace(list, answer.generations.length ? answer.generations.map((one) => entry(one, newest))
        : h("li", { class: "empty" }, t("history.empty")));
    } catch (error) { toastProblem(error); }
  }

  function entry(one, newest) {
    const isCurrent = one.generation === newest;
    return h("li", { class: "generation" }, h("details", {},
      h("summary", {}, h("span", { class: "generation-main" },
        h("strong", {}, t("history.generation", { number: one.generation })),
        h("span", { class: "muted small" }, `${moment(one.time)} · ${authorName(one.author)} · ${t("history.changes", { count: one.changes.length })}`)),
      isCurrent ? h("span", { class: "badge good" }, icon("good"), t("history.current"))
        : h("button", { type: "button", class: "button slim", onclick: (event) => { event.preventDefault(); back(one.generation, newest); } }, icon("undo"), t("history.back")),
      icon("chevron", "event-chevron")),
      changeList(one.changes, unit)));
  }

  async function back(generation, newest) {
    try {
      const { changes } = await api.get(`/api/config/diff?from=${newest}&to=${generation}`);
      const agreed = await openDialog(t("history.back_title", { number: generation }), (close) => ({
        body: changes.length ? [h("p", { class: "muted" }, t("history.back_text")), changeList(changes, unit)] : h("p", {}, t("history.same")),
        foot: [h("button", { type: "button", class: "button", onclick: () => close() }, t("action.cancel")),
          h("button", { type: "submit", class: "button primary" }, t("history.back"))],
        onSubmit: () => close(true),
      }));
      if (!agreed) return;
      const answer = await api.post("/api/config/rollback", { generation });
      toast(t("settings.saved", { generation: answer.generation }));
      await load();
    } catch (error) { toastProblem(error); }
  }

  load();
}

