// System: the parts of the program, the computer, the log, the bundle for a helper.

import * as api from "../api.js";
import { h, icon, replace, setText } from "../dom.js";
import { t, tOr } from "../i18n.js";
import { bytes, clock, duration, moment, number, quantity } from "../format.js";
import { confirm, openDialog, toast, toastProblem } from "../parts/dialog.js";
import { pageHead } from "../shell.js";
import { childName, levelName } from "../words.js";

const LEVELS = ["error", "warning", "notice", "info", "debug"];
const KEPT_LINES = 1_000;

export function show(main) {
  const machine = machineCard();
  const children = childrenCard();
  const log = logCard();
  main.append(pageHead(t("nav.system"), h("button", { type: "button", class: "button slim", onclick: bundle }, icon("download"), t("system.bundle"))),
    h("div", { class: "stack" }, machine.element, children.element, log.element));
  let timer = null;
  let isGone = false;
  async function poll() {
    if (!document.hidden) {
      try {
        const answer = await api.get("/api/system", { timeout: 5_000 });
        if (isGone) return;
        machine.show(answer);
        const queues = new Map((answer.queues ?? []).map((queue) => [queue.name, queue]));
        children.show((answer.children ?? []).map((child) => ({ mailbox: queues.get(child.id), ...child })));
      } catch { /* the mark of the connection says it */ }
      await log.poll();
    }
    if (!isGone) timer = setTimeout(poll, 2_000);
  }
  poll();
  return () => {
    isGone = true;
    clearTimeout(timer);
  };
}

async function bundle() {
  try {
    const preview = await api.get("/api/diagnostics?preview=true");
    const agreed = await openDialog(t("system.bundle"), (close) => ({
      body: [h("p", { class: "muted" }, t("system.bundle_text")),
        h("ul", { class: "list plain-list" }, preview.files.map((file) => h("li", {}, h("span", {}, h("code", {}, file.name), " ", h("span", { class: "muted small" }, file.about ?? "")),
          h("span", { class: "muted" }, bytes(file.bytes))))),
        h("div", { class: "note good" }, icon("lock"), h("div", {}, preview.redacted?.length ? t("system.redacted", { names: preview.redacted.join(", ") }) : t("system.no_secret")))],
      foot: [h("button", { type: "button", class: "button", onclick: () => close() }, t("action.cancel")),
        h("button", { type: "submit", class: "button primary" }, icon("download"), t("action.download"))],
      onSubmit: () => close(true),
    }));
    if (agreed) await api.save("/api/diagnostics", "cellbridge-diagnostics.tar.gz");
  } catch (error) { toastProblem(error); }
}

function machineCard() {
  const list = h("dl", { class: "facts" });
  const health = h("dl", { class: "figures" });
  const element = h("div", { class: "grid" },
    h("section", { class: "card", "aria-labelledby": "machine" }, h("div", { class: "card-head" }, h("h2", { id: "machine" }, t("system.load"))), health),
    h("section", { class: "card", "aria-labelledby": "about" }, h("div", { class: "card-head" }, h("h2", { id: "about" }, t("system.about"))), list));
  const figure = (name, text) => h("div", { class: "figure" }, h("dt", {}, t(`system.${name}`)), h("dd", {}, text));
  const fact = (name, text) => (text ? h("div", {}, h("dt", {}, t(`system.${name}`)), h("dd", {}, text)) : null);
  const part = {
    element,
    show(answer) {
      replace(health, figure("uptime", duration(answer.uptime_s)), figure("memory", bytes(answer.memory?.resident_bytes)),
        figure("cpu", quantity(answer.cpu?.percent, "%", 1)), figure("disk", bytes(answer.disk?.free_bytes)),
        answer.boot_count == null ? null : figure("boots", number(answer.boot_count)));
      replace(list, fact("version", [answer.version ?? "–", answer.build].filter(Boolean).join(" · ")), fact("host", answer.host),
        fact("clock", answer.clock_synchronised === undefined || answer.clock_synchronised === null ? moment(answer.time)
          : h("span", { class: `badge ${answer.clock_synchronised ? "good" : "warning"}` }, icon(answer.clock_synchronised ? "good" : "warning"), t(answer.clock_synchronised ? "system.clock_good" : "system.clock_free"))),
        fact("certificate", answer.certificate && h("code", { class: "small fingerprint" }, answer.certificate.fingerprint_sha256.split(":").flatMap((pair, index) => (index ? [":", h("wbr", {}), pair] : [pair])))),
        fact("certificate_until", answer.certificate?.not_after && moment(answer.certificate.not_after)));
    },
  };
  part.show({});
  return part;
}

function childrenCard() {
  const body = h("tbody", {});
  const columns = ["part", "state", "uptime", "restarts", "heartbeat", "waiting"];
  const element = h("section", { class: "card", "aria-labelledby": "children" },
    h("div", { class: "card-head" }, h("h2", { id: "children" }, t("system.children")), h("span", { class: "spring" }),
      h("button", { type: "button", class: "button slim", onclick: () => restart("gateway") }, icon("refresh"), t("system.restart_all"))),
    h("p", { class: "small muted" }, t("system.children_about")),
    h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": t("system.children") }, h("table", { class: "table" },
      h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, t(`system.${name}`))), h("th", {}, h("span", { class: "visually-hidden" }, t("system.restart"))))), body)));
  const rows = new Map();
  return {
    element,
    show(children) {
      for (const child of children) {
        if (!rows.has(child.id)) {
          rows.set(child.id, childRow(child.id));
          body.append(rows.get(child.id).element);
        }
        rows.get(child.id).show(child);
      }
      for (const [id, row] of rows) {
        if (children.some((child) => child.id === id)) continue;
        row.element.remove();
        rows.delete(id);
      }
    },
  };
}

/** A row keeps its button between polls, so that nobody's focus is lost. */
function childRow(id) {
  const cells = Array.from({ length: 6 }, () => h("td", {}));
  const button = h("button", { type: "button", class: "button plain slim", "aria-label": t("system.restart_part", { part: childName(id) }), title: t("system.restart"), onclick: () => restart(id) }, icon("refresh"));
  let drawn = "";
  return {
    element: h("tr", {}, cells, h("td", { class: "numeric" }, button)),
    show(child) {
      setText(cells[2], duration(child.uptime_s));
      setText(cells[3], number(child.restarts));
      setText(cells[4], child.heartbeat_age_s === null ? "–" : quantity(child.heartbeat_age_s, "s", 1));
      setText(cells[5], child.mailbox ? `${number(child.mailbox.waiting)}${child.mailbox.dropped ? ` (${t("system.dropped", { count: child.mailbox.dropped })})` : ""}` : "–");
      const key = JSON.stringify([child.state, child.last_error]);
      if (key === drawn) return;
      drawn = key;
      const isWell = child.state === "running" || child.state === "finished";
      replace(cells[0], h("strong", {}, childName(child.id)), child.last_error ? h("div", { class: "small muted" }, child.last_error) : null);
      replace(cells[1], h("span", { class: `badge ${isWell ? "good" : "warning"}` }, icon(isWell ? "good" : "warning"), tOr(`child.state.${child.state}`, child.state)));
    },
  };
}

async function restart(target) {
  const name = target === "gateway" ? t("system.gateway") : childName(target);
  const text = target === "gateway" ? t("system.restart_all_text") : t("system.restart_text");
  if (!(await confirm(t("system.restart_part", { part: name }), text, t("system.restart"), { danger: true }))) return;
  try {
    await api.post("/api/system/restart", { target });
    toast(t("system.restarting", { part: name }));
  } catch (error) { toastProblem(error); }
}

function logCard() {
  let lines = [];
  let since = 0;
  let wanted = "";
  let level = "info";
  const list = h("ol", { class: "log", tabindex: "0", "aria-label": t("system.log") });
  const select = h("select", { class: "select log-level", "aria-label": t("system.level"), onchange: () => { level = select.value; again(); } },
    LEVELS.map((one) => h("option", { value: one, selected: one === level }, t("system.level_and_worse", { level: levelName(one) }))));
  const filter = h("input", { class: "input", type: "search", placeholder: t("system.log_search"), "aria-label": t("system.log_search"), oninput: () => { wanted = filter.value.trim().toLowerCase(); draw(); } });
  const element = h("section", { class: "card", "aria-labelledby": "log" }, h("div", { class: "card-head" }, h("h2", { id: "log" }, t("system.log"))),
    h("div", { class: "sniff-tools" }, h("div", { class: "search" }, icon("search"), filter), select), list);

  function draw() {
    const shown = lines.filter((line) => !wanted || `${line.event} ${line.message}`.toLowerCase().includes(wanted));
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    replace(list, shown.length ? shown.map((line) => h("li", { class: `log-line ${line.level}` }, h("span", { class: "muted" }, clock(line.time)),
      h("span", { class: "log-word" }, levelName(line.level)), h("span", { class: "log-event" }, line.event), h("span", {}, line.message))) : h("li", { class: "empty" }, t("system.log_empty")));
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  function again() {
    lines = [];
    since = 0;
    poll();
  }

  async function poll() {
    try {
      const asked = level;
      const answer = await api.get(`/api/logs?level=${level}&limit=500${since ? `&since=${since}` : ""}`, { timeout: 5_000 });
      if (asked !== level) return;
      const isFirst = since === 0;
      // After a restart the gateway counts its lines from the beginning.
      if (answer.next < since) lines = [];
      since = answer.next;
      if (!answer.lines.length && !isFirst) return;
      lines = [...lines, ...answer.lines].slice(-KEPT_LINES);
      draw();
      if (isFirst) list.scrollTop = list.scrollHeight;
    } catch { /* the next try comes by itself */ }
  }
  return { element, poll };
}
