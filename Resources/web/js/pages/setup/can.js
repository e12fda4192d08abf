// The inverter's bus: listen first, send nothing.

import * as api from "../../api.js";
import { h, icon, replace, uniqueID } from "../../dom.js";
import { t } from "../../i18n.js";
import { number, quantity } from "../../format.js";
import { problemText } from "../../parts/dialog.js";

export function show(card, { next }) {
  const list = h("ul", { class: "list ports" }, h("li", { class: "row muted" }, h("span", { class: "spinner" }), t("setup.find.looking")));
  const message = h("p", { class: "alarm small", role: "alert" });
  const go = h("button", { type: "button", class: "button primary", disabled: true, onclick: () => save(chosen) }, t("action.next"));
  const other = h("input", { class: "input", id: uniqueID("address"), placeholder: "socketcan:can0", autocapitalize: "off", spellcheck: "false" });
  let chosen = null;
  let stored = null;
  const group = uniqueID("bus");

  card.append(list,
    h("details", { class: "fold" }, h("summary", {}, t("setup.find.other")), h("div", { class: "field" }, h("label", { for: other.id }, t("setup.find.address")),
      h("div", { class: "with-unit" }, other, h("button", { type: "button", class: "button", onclick: addOther }, t("setup.test"))), h("p", { class: "hint" }, t("setup.can.address_hint")))),
    message, h("div", { class: "setup-actions" }, h("button", { type: "button", class: "button", onclick: () => save("dry:") }, t("setup.can.later")), go));

  async function load() {
    try {
      const [links, configuration] = await Promise.all([api.get("/api/links"), api.get("/api/config")]);
      stored = configuration.values["can.link"] ?? null;
      const buses = links.can.filter((one) => one.kind !== "dry");
      if (stored && stored !== "dry:" && !buses.some((one) => one.address === stored)) buses.push({ address: stored });
      replace(list, buses.length ? buses.map((bus) => busRow(bus)) : h("li", { class: "note warning" }, icon("warning"), h("div", {}, t("setup.can.none"))));
    } catch (error) { replace(list); message.textContent = problemText(error); }
  }

  function addOther() {
    const address = other.value.trim();
    if (!address) return;
    const row = busRow({ address });
    list.append(row);
    row.querySelector("button").click();
  }

  function busRow(bus) {
    const result = h("div", { "aria-live": "polite" });
    const radio = h("input", { type: "radio", name: group, checked: bus.address === stored, onchange: () => choose(bus.address) });
    if (bus.address === stored) choose(bus.address);
    const test = h("button", { type: "button", class: "button slim", onclick: listen }, t("setup.can.listen"));
    async function listen() {
      test.disabled = true;
      radio.checked = true;
      choose(bus.address);
      replace(result, h("div", { class: "row muted" }, h("span", { class: "spinner" }), t("setup.can.listening")));
      try { replace(result, checklist(await api.post("/api/links/test", { kind: "can", address: bus.address, seconds: 4 }, { timeout: 30_000 }))); } catch (error) {
        replace(result, h("div", { class: "note alarm" }, icon("alarm"), h("div", {}, problemText(error))));
      } finally { test.disabled = false; }
    }
    return h("li", { class: "port" }, h("div", { class: "port-line" }, h("label", { class: "check port-name" }, radio, h("span", {}, h("strong", {}, bus.description ?? bus.address), " ", bus.description ? h("code", { class: "small muted" }, bus.address) : null)), test), result);
  }

  function choose(address) {
    chosen = address;
    go.disabled = false;
  }

  async function save(address) {
    go.disabled = true;
    try {
      await api.patch("/api/config", { "can.link": address });
      next();
    } catch (error) {
      message.textContent = problemText(error);
      go.disabled = false;
    }
  }

  load();
}

function checklist(found) {
  const line = (isGood, good, bad, detail) => h("li", { class: "check-line" }, h("span", { class: isGood ? "good" : "warning" }, icon(isGood ? "good" : "warning")),
    h("span", {}, isGood ? good : bad, detail ? h("span", { class: "small muted" }, ` ${detail}`) : null));
  if (!found.ok) return h("div", { class: "note alarm" }, icon("alarm"), h("div", {}, found.problem ?? t("setup.can.down")));
  const ids = Object.entries(found.ids ?? {}).map(([id, count]) => `0x${id} × ${number(count)}`).join(", ");
  return h("ul", { class: "checklist" },
    line(found.up !== false, t("setup.can.up"), t("setup.can.down"), found.bitrate ? quantity(found.bitrate / 1000, "kbit/s") : ""),
    line(found.frames_received > 0, t("setup.can.heard", { count: found.frames_received }), t("setup.can.silent"), ids),
    line(found.keepalive_heard, t("setup.can.gx"), t("setup.can.no_gx")),
    line(!found.other_battery, t("setup.can.alone"), t("setup.can.other_battery")),
    line(!found.errors, t("setup.can.clean"), t("setup.can.errors", { count: found.errors })));
}
