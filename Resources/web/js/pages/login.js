// The log-in: one password; after too many failures a countdown (S72).

import * as api from "../api.js";
import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { problemText } from "../parts/dialog.js";
import { preferences } from "../shell.js";

export function show(main, { start, redraw }) {
  const input = h("input", { class: "input", id: "password", type: "password", autocomplete: "current-password", required: true });
  const message = h("p", { class: "alarm small login-message", role: "alert" });
  const submit = h("button", { type: "submit", class: "button primary" }, t("login.submit"));
  let countdown = null;

  async function send(event) {
    event.preventDefault();
    submit.disabled = true;
    message.textContent = "";
    try {
      const answer = await api.request("POST", "/api/login", { password: input.value }, { quiet: true });
      api.setToken(answer.csrf_token);
      start();
      return;
    } catch (error) {
      input.value = "";
      if (error.status === 429) { wait(error.retryAfter ?? 60); return; }
      message.textContent = problemText(error);
    }
    submit.disabled = false;
    input.focus();
  }

  function wait(seconds) {
    const end = Date.now() + seconds * 1000;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      if (left > 0) { message.textContent = t("problem.locked", { seconds: left }); return; }
      clearInterval(countdown);
      message.textContent = "";
      submit.disabled = false;
      input.focus();
    };
    countdown = setInterval(tick, 500);
    tick();
  }

  main.append(h("div", { class: "card login" },
    h("div", { class: "login-head" }, icon("logo"), h("h1", {}, "Cellbridge")),
    h("form", { class: "stack", onsubmit: send },
      // Password managers want a name; there is only one user.
      h("input", { type: "text", name: "username", value: "admin", autocomplete: "username", hidden: true }),
      h("div", { class: "field" }, h("label", { for: "password" }, t("password.label")), input, message),
      submit),
    h("p", { class: "small muted" }, t("login.forgotten"), " ", h("code", {}, "cellbridge admin reset-password"))),
  preferences(redraw));
  input.focus();
  return () => clearInterval(countdown);
}
