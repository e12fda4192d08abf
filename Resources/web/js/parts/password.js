// A field for a password.

import { h, icon, replace, uniqueID } from "../dom.js";

/** A labelled password; `refuse` says what is wrong with it. */
export function passwordField(label, autocomplete, hint) {
  const id = uniqueID("password");
  const input = h("input", { class: "input", type: "password", id, autocomplete, required: true, "aria-describedby": `${id}-hint ${id}-error` });
  const message = h("p", { class: "error", id: `${id}-error`, role: "alert", hidden: true });
  return {
    element: h("div", { class: "field" }, h("label", { for: id }, label), input,
      hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null, message),
    get value() { return input.value; },
    refuse(text) {
      message.hidden = !text;
      replace(message, text ? [icon("alarm"), h("span", {}, text)] : []);
      if (text) { input.setAttribute("aria-invalid", "true"); input.focus(); } else input.removeAttribute("aria-invalid");
    },
  };
}
