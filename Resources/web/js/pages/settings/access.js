// Who may come in: the password and the tokens of programs.

import * as api from "../../api.js";
import { h, icon, replace, uniqueID } from "../../dom.js";
import { t } from "../../i18n.js";
import { moment } from "../../format.js";
import { confirm, openDialog, problemText, toast, toastProblem } from "../../parts/dialog.js";
import { passwordField } from "../../parts/password.js";

const SCOPES = ["read", "control", "admin", "ota"];

export function show(main) {
  main.append(passwordCard(), tokensCard());
}

function passwordCard() {
  const current = passwordField(t("access.current"), "current-password");
  const next = passwordField(t("access.new"), "new-password", t("access.rule"));
  const again = passwordField(t("access.repeat"), "new-password");
  const submit = h("button", { type: "submit", class: "button primary" }, t("access.change"));
  async function send(event) {
    event.preventDefault();
    for (const field of [current, next, again]) field.refuse(null);
    if (next.value.length < 10) { next.refuse(t("access.too_short")); return; }
    if (next.value !== again.value) { again.refuse(t("access.differ")); return; }
    submit.disabled = true;
    try {
      await api.request("POST", "/api/password", { current: current.value, new: next.value }, { quiet: true });
      toast(t("access.changed"));
      api.signedOut();
    } catch (error) {
      if (error.field === "new") next.refuse(error.message);
      else current.refuse(error.field === "current" ? t("problem.password") : problemText(error));
    } finally { submit.disabled = false; }
  }
  return h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("access.password"))),
    h("p", { class: "muted" }, t("access.password_text")),
    h("form", { class: "stack narrow card-foot", onsubmit: send },
      // Password managers want a name; there is only one user.
      h("input", { type: "text", name: "username", value: "admin", autocomplete: "username", hidden: true }), current.element, next.element, again.element, h("div", {}, submit)));
}

function tokensCard() {
  const list = h("ul", { class: "list tokens" });
  const load = async () => {
    try {
      const { tokens } = await api.get("/api/tokens");
      replace(list, tokens.length ? tokens.map((token) => entry(token)) : h("li", { class: "empty" }, t("tokens.none")));
    } catch (error) { toastProblem(error); }
  };
  const entry = (token) => h("li", { class: "token" },
    h("div", { class: "spring" }, h("strong", {}, token.name), " ", token.scopes.map((scope) => h("span", { class: "badge" }, t(`scope.${scope}`))),
      h("div", { class: "small muted" }, t("tokens.created", { time: moment(token.created) }), " · ",
        token.last_used ? t("tokens.used", { time: moment(token.last_used) }) : t("tokens.unused"))),
    h("button", { type: "button", class: "button danger slim", onclick: () => end(token) }, t("tokens.end")));

  async function end(token) {
    if (!(await confirm(t("tokens.end_title", { name: token.name }), t("tokens.end_text"), t("tokens.end"), { danger: true }))) return;
    try { await api.remove(`/api/tokens/${token.id}`); await load(); } catch (error) { toastProblem(error); }
  }

  async function make() {
    const made = await openDialog(t("tokens.new"), newToken);
    if (!made) return;
    await openDialog(t("tokens.made", { name: made.name }), (close) => ({
      body: [h("p", {}, t("tokens.once")), h("textarea", { class: "mono", readonly: true, rows: 3, "aria-label": t("tokens.token"), onfocus: (event) => event.target.select() }, made.token)],
      foot: [navigator.clipboard ? h("button", { type: "button", class: "button", onclick: () => navigator.clipboard.writeText(made.token).then(() => toast(t("tokens.copied"))) }, t("tokens.copy")) : null,
        h("button", { type: "submit", class: "button primary" }, t("action.done"))],
      onSubmit: () => close(),
    }));
    await load();
  }

  load();
  return h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("tokens.title")), h("span", { class: "spring" }),
    h("button", { type: "button", class: "button slim", onclick: make }, icon("plus"), t("tokens.new"))), h("p", { class: "muted" }, t("tokens.about")), list);
}

function newToken(close) {
  const name = h("input", { class: "input", id: uniqueID("token"), required: true, maxlength: 64, autocomplete: "off" });
  const boxes = SCOPES.map((scope) => [scope, h("input", { type: "checkbox", checked: scope === "read" })]);
  const message = h("p", { class: "alarm small", role: "alert" });
  return {
    body: [h("div", { class: "field" }, h("label", { for: name.id }, t("tokens.name")), name, h("p", { class: "hint" }, t("tokens.name_hint"))),
      h("fieldset", { class: "plain-fieldset" }, h("legend", { class: "label" }, t("tokens.may")),
        boxes.map(([scope, box]) => h("label", { class: "check scope" }, box, h("span", {}, h("strong", {}, t(`scope.${scope}`)), " ", h("span", { class: "muted small" }, t(`scope.${scope}.about`)))))), message],
    foot: [h("button", { type: "button", class: "button", onclick: () => close() }, t("action.cancel")), h("button", { type: "submit", class: "button primary" }, t("tokens.make"))],
    async onSubmit() {
      const scopes = boxes.filter(([, box]) => box.checked).map(([scope]) => scope);
      if (!scopes.length) { message.textContent = t("tokens.no_scope"); return; }
      try { close(await api.post("/api/tokens", { name: name.value.trim(), scopes })); } catch (error) { message.textContent = problemText(error); }
    },
  };
}
