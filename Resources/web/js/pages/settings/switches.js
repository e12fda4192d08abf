// The two switches of a BMS: how they stand, and opening and closing them: old → new → what the polls then show.

import * as api from "../../api.js";
import { h, icon, replace, uniqueID } from "../../dom.js";
import { t } from "../../i18n.js";
import { openDialog, problemText } from "../../parts/dialog.js";
import { telemetry } from "../../telemetry.js";
import { switchName, switchState } from "../../words.js";
import { changeItem, resultItem } from "./written.js";

const SWITCHES = ["charge", "discharge"];

/** The card of one pack; `leave` ends it. */
export function switchCard(pack) {
  const list = h("ul", { class: "list switches" });
  const body = h("div", {}, h("p", { class: "row muted" }, h("span", { class: "spinner" }), t("registers.reading")));
  const element = h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("switches.title"))), body);
  const rows = SWITCHES.map((name) => switchRow(pack, name));
  replace(list, rows.map((row) => row.element));
  let leave = () => {};
  let isGone = false;

  async function load() {
    try {
      // Which families take such a command is the gateway's to say.
      const { movable } = await api.get(`/api/switches?pack=${pack}`);
      if (isGone) return;
      if (!movable) {
        replace(body, h("p", { class: "muted" }, t("switches.none")));
        return;
      }
      replace(body, h("p", { class: "muted" }, t("switches.about")), list);
      leave = telemetry.subscribe(({ status }) => {
        const now = status?.packs?.find((one) => one.id === pack);
        for (const row of rows) row.update(now?.[`${row.name}_enabled`] ?? null);
      });
    } catch (error) {
      replace(body, h("div", { class: "note warning" }, icon("warning"), h("div", {}, problemText(error))));
    }
  }

  load();
  return { element, leave() { isGone = true; leave(); } };
}

function switchRow(pack, name) {
  let state = null;
  const badge = h("span", {});
  const close = h("button", { type: "button", class: "button slim", onclick: () => move(true) }, t("switches.close"));
  const open = h("button", { type: "button", class: "button danger slim", onclick: () => move(false) }, t("switches.open"));
  const row = {
    name,
    element: h("li", { class: "token switch-row", "data-switch": name },
      h("div", { class: "spring" }, h("strong", {}, switchName(name)), " ", badge, h("div", { class: "small muted" }, t(`switches.${name}.about`))), open, close),
    update(next) {
      if (badge.firstChild && next === state) return;
      state = next;
      replace(badge, h("span", { class: `badge ${{ true: "good", false: "warning" }[next] ?? ""}` },
        icon({ true: "good", false: "warning" }[next] ?? "unknown"), switchState(next)));
      // A state that nobody knows can be changed to either.
      open.hidden = next === false;
      close.hidden = next === true;
    },
  };

  async function move(closed) {
    const results = await openDialog(t(closed ? "switches.close_title" : "switches.open_title"), (end) => moveDialog(end, closed));
    if (!results) return;
    await openDialog(t("registers.result_title"), (end) => ({
      body: h("ul", { class: "list change-list" }, results.map((result) => resultItem(switchName(result.name), {
        old: switchState(result.old), next: switchState(result.new), readBack: switchState(result.read_back), ok: result.ok, problem: result.problem }))),
      foot: [h("button", { type: "submit", class: "button primary" }, t("action.done"))], onSubmit: () => end(),
    }));
  }

  function moveDialog(end, closed) {
    const send = h("button", { type: "submit", class: "button danger", disabled: closed }, t(closed ? "switches.close" : "switches.open"));
    const message = h("p", { class: "alarm small", role: "alert" });
    const word = t("switches.word");
    const id = uniqueID("switch-word");
    // What stood open did so for a reason: to close it takes a word, not a habit.
    const written = h("input", { class: "input", id, autocomplete: "off", autocapitalize: "none",
      oninput: () => { send.disabled = !isWritten(); } });
    const isWritten = () => !closed || written.value.trim().toLocaleLowerCase() === word.toLocaleLowerCase();
    return {
      body: [h("ul", { class: "list change-list" }, changeItem(switchName(name), switchState(state), switchState(closed))),
        h("div", { class: "note warning" }, icon("warning"), h("div", {}, closed ? t("switches.close_warning") : t(`switches.${name}.open_warning`))),
        closed ? h("div", { class: "field" }, h("label", { for: id }, t("switches.write_word", { word })), written) : null, message],
      foot: [h("button", { type: "button", class: "button", onclick: () => end() }, t("action.cancel")), send],
      async onSubmit() {
        if (!isWritten()) return;
        send.disabled = true;
        message.textContent = "";
        try {
          end((await api.patch("/api/switches", { pack, [name]: closed }, { timeout: 60_000 })).results);
        } catch (error) {
          message.textContent = problemText(error);
          send.disabled = false;
        }
      },
    };
  }

  row.update(null);
  return row;
}
