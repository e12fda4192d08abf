// The configuration, drawn from the schema: search, edit, see the difference, save as one generation.

import * as api from "../../api.js";
import { h, icon, replace, setText } from "../../dom.js";
import { t, tOr } from "../../i18n.js";
import { confirm, openDialog, problemText, toast, toastProblem } from "../../parts/dialog.js";
import { refusalText } from "../../refusals.js";
import { helpText, settingLabel, settingTitle } from "../../words.js";
import { changeList, unitsOf } from "./changes.js";
import { settingField } from "./field.js";

/** What was typed and neither saved nor discarded: it is still there after a look at another page. */
let unsaved = new Map();
addEventListener("beforeunload", (event) => { if (unsaved.size) event.preventDefault(); });

export function show(main, { rest }) {
  let schema = null;
  let configuration = null;
  let fields = [];
  let extraPack = 0;

  const search = h("input", { class: "input", type: "search", value: rest[0] ?? "", placeholder: t("settings.search"), "aria-label": t("settings.search"), oninput: () => filter() });
  const groups = h("div", { class: "stack" });
  const jump = h("nav", { class: "jump", "aria-label": t("settings.groups") });
  const none = h("p", { class: "empty", hidden: true }, t("settings.none_match"));
  const count = h("strong", { class: "spring" });
  const bar = h("div", { class: "sticky-bar", role: "region", "aria-label": t("settings.unsaved"), hidden: true }, count,
    h("button", { type: "button", class: "button", onclick: discard }, t("settings.discard")),
    h("button", { type: "button", class: "button primary", onclick: review }, t("settings.review")));
  main.append(h("div", { class: "search" }, icon("search"), search), jump, groups, none, bar);

  async function load() {
    try {
      [schema, configuration] = await Promise.all([schema ?? api.get("/api/config/schema"), api.get("/api/config")]);
      draw();
    } catch (error) { toastProblem(error); }
  }

  function packNumbers() {
    const numbers = new Set(Object.keys(configuration.values).map((key) => /^pack\.(\d+)\./.exec(key)?.[1]).filter(Boolean).map(Number));
    if (!numbers.size) numbers.add(1);
    if (extraPack) numbers.add(extraPack);
    return [...numbers].sort((one, other) => one - other);
  }

  function draw() {
    fields = [];
    const byGroup = new Map();
    const add = (group, definition, key) => {
      const field = settingField(definition, key, { value: configuration.values[key], origin: configuration.origins?.[key] }, () => update());
      fields.push(field);
      if (!byGroup.has(group)) byGroup.set(group, []);
      byGroup.get(group).push(field);
    };
    const packs = packNumbers();
    for (const number of packs) {
      for (const definition of schema.settings.filter((one) => one.key.startsWith("pack.N."))) {
        add(`pack.${number}`, definition, definition.key.replace("pack.N.", `pack.${number}.`));
      }
    }
    for (const definition of schema.settings.filter((one) => !one.key.startsWith("pack.N."))) add(definition.key.split(".")[0], definition, definition.key);
    const highest = Math.max(...packs);
    replace(groups, [...byGroup].map(([group, list]) => groupCard(group, list)),
      highest < 16 ? h("button", { type: "button", class: "button", onclick: () => { extraPack = highest + 1; draw(); } }, icon("plus"), t("settings.add_pack")) : null);
    replace(jump, [...groups.querySelectorAll(".group")].map((card) => h("button", { type: "button", class: "chip", onclick: () => card.scrollIntoView({ block: "start" }) },
      card.querySelector("h2").textContent)));
    const before = unsaved;
    for (const field of fields) if (before.has(field.key)) field.put(before.get(field.key));
    filter();
    update();
  }

  function groupCard(group, list) {
    const pack = /^pack\.(\d+)$/.exec(group);
    const title = pack ? t("pack.number", { number: pack[1] }) : tOr(`group.${group}`, group);
    return h("section", { class: "card group", "data-group": group }, h("div", { class: "card-head" }, h("h2", {}, title)),
      list.map((field) => field.element));
  }

  function filter() {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    for (const field of fields) {
      const text = `${field.key} ${settingLabel(field.key)} ${helpText(field.definition.help)}`.toLowerCase();
      field.element.hidden = !words.every((word) => text.includes(word));
    }
    let shown = 0;
    for (const card of groups.querySelectorAll(".group")) {
      card.hidden = ![...card.querySelectorAll(".setting")].some((one) => !one.hidden);
      if (!card.hidden) shown += 1;
    }
    jump.hidden = shown < 2;
    none.hidden = shown > 0 || !fields.length;
  }

  function changed() { return fields.filter((field) => field.isChanged); }

  function update() {
    const list = changed();
    unsaved = new Map(list.map((field) => [field.key, field.value]));
    bar.hidden = !list.length;
    setText(count, t("settings.changes", { count: list.length }));
  }

  async function discard() {
    if (!(await confirm(t("settings.discard"), t("settings.discard_text", { count: changed().length }), t("settings.discard"), { danger: true }))) return;
    for (const field of changed()) field.undo();
    update();
  }

  /** Puts each problem at its field; those without one go into a message. */
  function refuse(error) {
    const problems = error.problems ?? [];
    const placed = problems.filter(({ field: key, detail }) => {
      const field = fields.find((one) => one.key === key);
      field?.refuse(refusalText(detail));
      return field;
    });
    if (!placed.length) { toastProblem(error); return; }
    search.value = "";
    filter();
    fields.find((one) => one.key === placed[0].field).focus();
  }

  async function review() {
    const wrong = changed().find((field) => field.isRefused);
    if (wrong) { wrong.focus(); return; }
    const body = Object.fromEntries(changed().map((field) => [field.key, field.value]));
    let judged;
    try {
      judged = await api.patch("/api/config?dry_run=true", body);
    } catch (error) { refuse(error); return; }
    const saved = await openDialog(t("settings.review_title"), (close) => reviewDialog(close, judged, body));
    if (!saved) return;
    if (saved.problem) { refuse(saved.problem); return; }
    toast(t("settings.saved", { generation: saved.generation }));
    unsaved = new Map();
    extraPack = 0;
    await load();
  }

  function reviewDialog(close, judged, body) {
    const save = h("button", { type: "submit", class: "button primary" }, t("settings.save"));
    const message = h("p", { class: "alarm small", role: "alert" });
    const raises = judged.raises ?? [];
    const restarts = judged.restarts ?? [];
    return {
      body: [changeList(judged.changes, unitsOf(schema)),
        raises.length ? h("div", { class: "note warning" }, icon("warning"), h("div", {}, t("settings.raises", { names: raises.map(settingTitle).join(", ") }))) : null,
        restarts.length ? h("div", { class: "note" }, icon("refresh"), h("div", {}, t("settings.restarts", { parts: restarts.map((part) => tOr(`child.${part}`, part)).join(", ") }))) : null,
        message],
      foot: [h("button", { type: "button", class: "button", onclick: () => close() }, t("action.cancel")), save],
      async onSubmit() {
        save.disabled = true;
        try {
          close(await api.patch("/api/config", body));
        } catch (error) {
          if (error.status === 422) close({ problem: error });
          else message.textContent = problemText(error);
        } finally { save.disabled = false; }
      },
    };
  }

  load();
}
