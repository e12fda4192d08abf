// Settings: its views and the way between them.

import * as api from "../api.js";
import { h, icon, replace } from "../dom.js";
import { t } from "../i18n.js";
import { toastProblem } from "../parts/dialog.js";
import { pageHead, preferences } from "../shell.js";
import { telemetry } from "../telemetry.js";

const views = [
  { id: "configuration", icon: "settings", load: () => import("./settings/configuration.js") },
  { id: "history", icon: "history", load: () => import("./settings/history.js") },
  { id: "backup", icon: "file", load: () => import("./settings/backup.js") },
  { id: "access", icon: "key", load: () => import("./settings/access.js") },
  { id: "registers", icon: "chip", load: () => import("./settings/registers.js") },
];

/** Fetches what the views need, so that they open also while the gateway is away. */
export function prefetch() { for (const view of views) view.load().catch(() => { /* the view itself tries again */ }); }

export function show(main, { rest }) {
  const view = views.find((one) => one.id === rest[0]) ?? views[0];
  const tabs = h("nav", { class: "segments settings-tabs", "aria-label": t("nav.settings") }, views.map((one) => h("a", {
    href: `#/settings/${one.id}`, "aria-current": one === view ? "page" : null,
  }, icon(one.icon), t(`settings.${one.id}`))));
  const body = h("div", { class: "stack" });
  main.append(pageHead(t("nav.settings"), h("a", { class: "button slim", href: "#/setup" }, icon("wand"), t("settings.setup_again"))), tabs, body,
    h("div", { class: "phone-only foot-preferences" }, h("div", { class: "card stack" }, h("h2", {}, t("settings.browser")), preferences(() => location.reload()),
      h("button", { type: "button", class: "button", onclick: logOut }, icon("out"), t("action.log_out")))));
  let leave = null;
  let isGone = false;
  async function open() {
    try {
      const module = await view.load();
      if (isGone) return;
      replace(body);
      leave = module.show(body, { rest: rest.slice(1) });
    } catch {
      if (isGone) return;
      replace(body, h("div", { class: "card row" }, icon("link-off"), t("start.unreachable")));
      setTimeout(() => { if (!isGone) open(); }, 2_000);
    }
  }
  open();
  tabs.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "center" });
  return () => {
    isGone = true;
    leave?.();
  };
}

async function logOut() {
  try { await api.post("/api/logout"); } catch (error) { toastProblem(error); return; }
  telemetry.stop();
  location.reload();
}
