// Start: language, session, then the page that the address names.

import * as api from "./api.js";
import { h, icon, loadIcons, replace } from "./dom.js";
import { loadLanguage, t } from "./i18n.js";
import { askPassword, toastProblem } from "./parts/dialog.js";
import { pages, shell } from "./shell.js";
import { telemetry } from "./telemetry.js";

const root = document.getElementById("app");
let frame = null;
let leave = null;
let visit = 0;

/** The address: `#/settings/history` is page `settings` with the rest `["history"]`. */
function route() {
  const [page, ...rest] = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean);
  return { page: page ?? "now", rest };
}

function close() {
  leave?.();
  leave = null;
  frame?.stop();
  frame = null;
}

async function alone(load) {
  close();
  const turn = ++visit;
  const module = await load();
  if (turn === visit) leave = module.show(replaceRoot(), { start, redraw: start, rest: route().rest });
}

function replaceRoot() {
  const main = h("main", { class: "alone" });
  replace(root, main);
  return main;
}

async function showPage() {
  const { page, rest } = route();
  if (page === "setup") {
    await alone(() => import("./pages/onboarding.js"));
    return;
  }
  const entry = pages.find((one) => one.id === page) ?? pages[0];
  const turn = ++visit;
  const module = await entry.load();
  if (turn !== visit) return;
  leave?.();
  leave = null;
  frame ??= shell(root, { redraw: start, logOut });
  frame.select(entry.id);
  const isFirst = !frame.main.childElementCount;
  replace(frame.main);
  leave = module.show(frame.main, { rest });
  if (!isFirst) {
    scrollTo(0, 0);
    frame.main.focus({ preventScroll: true });
  }
}

async function logOut() {
  try { await api.post("/api/logout"); } catch (error) { toastProblem(error); return; }
  telemetry.stop();
  start();
}

function logIn() {
  telemetry.stop();
  alone(() => import("./pages/login.js"));
}

function failure(error) {
  close();
  replace(root, h("main", { class: "alone" }, h("div", { class: "card" },
    h("p", { class: "row" }, icon("link-off"), h("span", {}, t("start.unreachable"))),
    h("p", { class: "small muted" }, error.message))));
  setTimeout(start, 2_000);
}

/** Asks where things stand and shows what belongs there; again after a change of language, a log-in or a log-out. */
async function start() {
  try {
    close();
    const setup = await api.get("/api/setup");
    if (!setup.claimed) {
      await alone(() => import("./pages/onboarding.js"));
      return;
    }
    const session = await api.session();
    if (!session.authenticated) { logIn(); return; }
    telemetry.start();
    await showPage();
  } catch (error) { failure(error); }
}

api.onAccess({
  signedOut: logIn,
  notClaimed: start,
  askPassword: () => askPassword(async (password) => {
    await api.request("POST", "/api/session/password", { password }, { quiet: true });
  }),
});

addEventListener("hashchange", () => {
  if (frame || route().page === "setup") showPage().catch(failure);
  else start();
});

/** The other pages are fetched while nothing else is to do, so that they open also when the gateway is away. */
function fetchTheRest() {
  for (const page of pages) page.load().catch(() => { /* the page itself tries again when it is opened */ });
}

try {
  await Promise.all([loadLanguage(), loadIcons()]);
  await start();
  setTimeout(fetchTheRest, 2_000);
} catch (error) { failure(error); }
