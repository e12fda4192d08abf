// Claiming the device: the code from the computer itself, and a password (S70).

import * as api from "../../api.js";
import { h, icon, replace } from "../../dom.js";
import { t } from "../../i18n.js";
import { problemText } from "../../parts/dialog.js";
import { passwordField } from "../../parts/password.js";

export function show(card, { claimed }) {
  const code = h("input", { class: "input mono", id: "code", required: true, autocomplete: "one-time-code", autocapitalize: "characters", spellcheck: "false", "aria-describedby": "code-hint code-error" });
  const message = h("p", { class: "error", id: "code-error", role: "alert", hidden: true });
  const password = passwordField(t("access.new"), "new-password", t("access.rule"));
  const again = passwordField(t("access.repeat"), "new-password");
  const submit = h("button", { type: "submit", class: "button primary" }, t("setup.claim.submit"));

  function refuse(text) {
    message.hidden = !text;
    replace(message, text ? [icon("alarm"), h("span", {}, text)] : []);
    if (text) { code.setAttribute("aria-invalid", "true"); code.focus(); } else code.removeAttribute("aria-invalid");
  }

  async function send(event) {
    event.preventDefault();
    refuse(null);
    password.refuse(null);
    again.refuse(null);
    if (password.value.length < 10) { password.refuse(t("access.too_short")); return; }
    if (password.value !== again.value) { again.refuse(t("access.differ")); return; }
    submit.disabled = true;
    try {
      const answer = await api.request("POST", "/api/setup", { code: code.value.trim(), password: password.value }, { quiet: true });
      api.setToken(answer.csrf_token);
      claimed();
    } catch (error) {
      if (error.field === "password") password.refuse(error.message);
      else refuse(error.field === "code" ? t("setup.claim.wrong") : problemText(error));
    } finally { submit.disabled = false; }
  }

  card.append(
    h("div", { class: "note accent" }, icon("info"), h("div", {}, t("setup.claim.where"), " ", h("code", {}, "cellbridge admin setup-code"))),
    h("form", { class: "stack", onsubmit: send },
      h("div", { class: "field" }, h("label", { for: "code" }, t("setup.claim.code")), code, h("p", { class: "hint", id: "code-hint" }, t("setup.claim.code_hint")), message),
      h("input", { type: "text", name: "username", value: "admin", autocomplete: "username", hidden: true }),
      password.element, again.element, h("div", { class: "setup-actions" }, submit)));
  code.focus();
}
