// Dialogs and short messages.

import { h, icon, uniqueID } from "../dom.js";
import { t, tOr } from "../i18n.js";
import { refusalSentence } from "../refusals.js";
import { telemetry } from "../telemetry.js";

/**
 * Opens a dialog and waits for its end. `build(close)` gives the content; `close(result)` ends it. Escape gives null.
 */
export function openDialog(title, build, { role } = {}) {
  return new Promise((resolve) => {
    const id = uniqueID("dialog");
    let result = null;
    const dialog = h("dialog", { "aria-labelledby": id, role });
    const close = (value) => { result = value ?? null; dialog.close(); };
    const { body, foot, onSubmit } = build(close);
    const form = h("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); onSubmit?.(); } },
      h("div", { class: "dialog-body" }, h("h2", { id }, title), body), h("div", { class: "dialog-foot" }, foot));
    dialog.append(form);
    dialog.addEventListener("close", () => { dialog.remove(); resolve(result); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks yes or no; the answer is a Boolean. */
export async function confirm(title, text, yes, { danger = false } = {}) {
  return (await openDialog(title, (close) => ({
    body: typeof text === "string" ? h("p", {}, text) : text,
    foot: [
      h("button", { type: "button", class: "button", onclick: () => close(false) }, t("action.cancel")),
      h("button", { type: "submit", class: danger ? "button danger" : "button primary" }, yes),
    ],
    onSubmit: () => close(true),
  }))) === true;
}

/** Asks for the password again (S75) and tells the gateway; true once it agreed. */
export function askPassword(send) {
  return openDialog(t("password.again"), (close) => {
    const input = h("input", { class: "input", type: "password", autocomplete: "current-password", required: true, id: uniqueID("password") });
    const message = h("p", { class: "alarm small login-message", role: "alert" });
    const submit = h("button", { type: "submit", class: "button primary" }, t("action.continue"));
    return {
      body: [h("p", { class: "muted" }, t("password.again.why")),
        h("div", { class: "field" }, h("label", { for: input.id }, t("password.label")), input), message],
      foot: [h("button", { type: "button", class: "button", onclick: () => close(false) }, t("action.cancel")), submit],
      async onSubmit() {
        submit.disabled = true;
        try {
          await send(input.value);
          close(true);
        } catch (error) {
          message.textContent = problemText(error);
          input.value = "";
          input.focus();
        } finally { submit.disabled = false; }
      },
    };
  }).then((agreed) => agreed === true);
}

/** A failure in a sentence of the user's language, with the gateway's own where it has one. */
export function problemText(error) {
  if (error.name === "Unreachable") return t("problem.unreachable");
  if (error.status === 401) return t("problem.password");
  if (error.status === 429) return t("problem.locked", { seconds: error.retryAfter ?? 60 });
  if (error.status === 422 && error.problems?.length) return error.problems.map(refusalSentence).join(" ");
  // What kind of failure it is in the user's language, then the gateway's own sentence.
  const kind = tOr(`problem.${error.type?.split(":").at(-1)}`, "");
  return kind ? `${kind} ${error.message}` : error.message;
}

let shelf = null;
/** Shows a message for a few seconds; a screen reader says it. */
export function toast(text, name = "good") {
  shelf ??= document.body.appendChild(h("div", { class: "toasts", role: "status" }));
  const element = h("div", { class: "toast" }, icon(name), h("span", {}, text));
  shelf.append(element);
  setTimeout(() => element.remove(), 6_000);
}

/** Shows a failure. That nothing can be read at the moment is what the bar of the lost connection says. */
export function toastProblem(error) {
  if (error.name === "Unreachable" && !error.isChange && telemetry.connection === "lost") return;
  toast(problemText(error), "alarm");
}
