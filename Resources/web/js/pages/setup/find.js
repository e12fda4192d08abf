// Finding the BMS: every port that there is, tried one by one, read-only.

import * as api from "../../api.js";
import { h, icon, replace, uniqueID } from "../../dom.js";
import { t } from "../../i18n.js";
import { quantity } from "../../format.js";
import { problemText } from "../../parts/dialog.js";
import { familyName, problemSentence } from "../../words.js";
import { draft, packNumbers } from "./draft.js";

export function show(card, { next }) {
  const list = h("ul", { class: "list ports" }, h("li", { class: "row muted" }, h("span", { class: "spinner" }), t("setup.find.looking")));
  const message = h("p", { class: "alarm small", role: "alert" });
  const go = h("button", { type: "button", class: "button primary", disabled: true, onclick: save }, t("action.next"));
  const other = h("input", { class: "input", id: uniqueID("address"), placeholder: "tcp:192.168.1.20:2000", autocapitalize: "off", spellcheck: "false" });
  const all = h("button", { type: "button", class: "button", hidden: true, onclick: testAll }, icon("search"), t("setup.find.all"));
  let rows = [];
  let stored = {};

  card.append(h("div", { class: "row" }, all), list,
    h("details", { class: "fold" }, h("summary", {}, t("setup.find.other")), h("div", { class: "field" }, h("label", { for: other.id }, t("setup.find.address")),
      h("div", { class: "with-unit" }, other, h("button", { type: "button", class: "button", onclick: addOther }, t("setup.test"))),
      h("p", { class: "hint" }, t("setup.find.address_hint")))),
    message, h("div", { class: "setup-actions" }, go));

  async function load() {
    try {
      const [links, configuration] = await Promise.all([api.get("/api/links"), api.get("/api/config")]);
      stored = configuration.values;
      const known = packNumbers(stored).map((number) => stored[`pack.${number}.link`]);
      const addresses = links.bms.map((one) => one.address);
      rows = [...links.bms, ...known.filter((address) => !addresses.includes(address)).map((address) => ({ address }))].map((port) => portRow(port));
      for (const row of rows) {
        const before = draft.packs.find((pack) => pack.address === row.port.address);
        if (before) row.put(before.found);
      }
      replace(list, rows.length ? rows.map((row) => row.element) : h("li", { class: "note warning" }, icon("warning"), h("div", {}, t("setup.find.none"))));
      all.hidden = rows.length < 2;
      update();
    } catch (error) { replace(list); message.textContent = problemText(error); }
  }

  function chosen() { return rows.filter((row) => row.isChosen); }
  function update() { go.disabled = !chosen().length; }

  async function testAll() {
    all.disabled = true;
    for (const row of rows) if (!row.found?.ok) await row.test();
    all.disabled = false;
  }

  function addOther() {
    const address = other.value.trim();
    if (!address) return;
    let row = rows.find((one) => one.port.address === address);
    if (!row) {
      row = portRow({ address });
      rows.push(row);
      if (rows.length === 1) replace(list);
      list.append(row.element);
    }
    row.test();
  }

  function portRow(port) {
    const result = h("div", { "aria-live": "polite" });
    const use = h("input", { type: "checkbox", checked: true, onchange: () => { row.isChosen = use.checked; update(); } });
    const test = h("button", { type: "button", class: "button slim", onclick: () => row.test() }, t("setup.test"));
    const row = {
      port, found: null, isChosen: false,
      element: h("li", { class: "port" }, h("div", { class: "port-line" }, h("div", { class: "port-name" }, h("strong", {}, port.description ?? port.address), port.description ? h("code", { class: "small muted" }, port.address) : null), test), result),
      async test() {
        test.disabled = true;
        replace(result, h("div", { class: "row muted" }, h("span", { class: "spinner" }), t("setup.find.testing")));
        try { row.put(await api.post("/api/links/test", { kind: "bms", address: port.address, family: "auto" }, { timeout: 60_000 })); } catch (error) {
          replace(result, h("div", { class: "note alarm" }, icon("alarm"), h("div", {}, problemText(error))));
        } finally { test.disabled = false; }
      },
      put(found) {
        row.found = found;
        row.isChosen = found.ok;
        use.checked = found.ok;
        replace(result, found.ok ? foundNote(found, use) : h("div", { class: "note" }, icon("unknown"), h("div", {}, t("setup.find.silent"), found.problem ? h("div", { class: "small muted" }, problemSentence(found.problem)) : null)));
        update();
      },
    };
    return row;
  }

  async function save() {
    const taken = new Set();
    draft.packs = chosen().map((row) => {
      const before = packNumbers(stored).find((number) => stored[`pack.${number}.link`] === row.port.address && !taken.has(number));
      let number = before ?? 1;
      while (!before && (taken.has(number) || packNumbers(stored).includes(number))) number += 1;
      // A first pack whose port changed stays pack 1.
      if (!before && packNumbers(stored).length === 1 && chosen().length === 1) number = packNumbers(stored)[0];
      taken.add(number);
      return { number, address: row.port.address, family: row.found.family, found: row.found };
    });
    const changes = Object.fromEntries(draft.packs.flatMap((pack) => [[`pack.${pack.number}.link`, pack.address], [`pack.${pack.number}.family`, pack.family]]));
    go.disabled = true;
    try {
      await api.patch("/api/config", changes);
      next();
    } catch (error) {
      message.textContent = problemText(error);
      go.disabled = false;
    }
  }

  load();
}

function foundNote(found, use) {
  const { reading } = found;
  const facts = [[reading.voltage_v, "V", 2], [reading.current_a, "A", 1], [reading.soc_percent, "%", 0], [reading.temperature_c, "°C", 1]]
    .filter(([amount]) => amount !== null && amount !== undefined).map(([amount, unit, digits]) => quantity(amount, unit, digits));
  if (reading.cells) facts.push(t("setup.find.cells", { count: reading.cells.length }));
  return h("div", { class: "note good" }, icon("good"), h("div", {}, h("strong", {}, `${found.model ?? familyName(found.family)}`), " ",
    h("span", { class: "muted small" }, [found.serial, found.firmware && t("setup.find.firmware", { version: found.firmware })].filter(Boolean).join(" · ")),
    h("div", {}, facts.join(" · ")), h("label", { class: "check" }, use, t("setup.find.use"))));
}
