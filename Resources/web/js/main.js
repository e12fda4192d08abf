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
  if (turn === visit) leave = module.show(replaceRoot(), { start: () => start(), redraw: () => start(), rest: route().rest });
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
  frame ??= shell(root, { redraw: () => start(), logOut });
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

async function logIn() {
  telemetry.stop();
  // Several requests may learn of it at once: what is being typed stays.
  if (!root.querySelector(".login")) await alone(() => import("./pages/login.js"));
}

function failure(error) {
  close();
  replace(root, h("main", { class: "alone" }, h("div", { class: "card" },
    h("p", { class: "row" }, icon("link-off"), h("span", {}, t("start.unreachable"))),
    h("p", { class: "small muted" }, error.message))));
  setTimeout(() => start(), 2_000);
}

/** Whether this browser has seen the device claimed: then one question fewer has to be asked at the start. */
const claim = {
  get isKnown() {
    try { return localStorage.getItem("claimed") === "yes"; } catch { return false; }
  },
  remember(isClaimed) {
    try { localStorage.setItem("claimed", isClaimed ? "yes" : "no"); } catch { /* it is asked again */ }
  },
};

/** Where things stand: "unclaimed", "stranger" or "user". For a user the live picture is on its way. */
async function standing() {
  if (!claim.isKnown) {
    const setup = await api.get("/api/setup");
    claim.remember(setup.claimed);
    if (!setup.claimed) return "unclaimed";
  }
  try {
    if (!(await api.session()).authenticated) return "stranger";
  } catch (error) {
    if (error.type !== "urn:cellbridge:not-claimed") throw error;
    claim.remember(false);
    return "unclaimed";
  }
  telemetry.start();
  return "user";
}

/** Shows what belongs there; again after a change of language, a log-in or a log-out. */
async function start(asked = standing()) {
  try {
    const who = await asked;
    if (who !== "stranger") close();
    if (who === "unclaimed") await alone(() => import("./pages/onboarding.js"));
    else if (who === "stranger") await logIn();
    else await showPage();
    setTimeout(fetchTheRest, 500);
  } catch (error) { failure(error); }
}

/** The other pages are fetched while nothing else is to do, so that they open also when the gateway is away. */
function fetchTheRest() {
  for (const page of pages) page.load().then((module) => module.prefetch?.()).catch(() => { /* the page itself tries again when it is opened */ });
}

api.onAccess({
  signedOut: () => logIn().catch(failure),
  notClaimed() { if (claim.isKnown) { claim.remember(false); start(); } },
  askPassword: () => askPassword(async (password) => {
    await api.request("POST", "/api/session/password", { password }, { quiet: true });
  }),
});

addEventListener("hashchange", () => {
  if (frame || route().page === "setup") showPage().catch(failure);
  else start();
});

try {
  // The question goes out at once; words and drawings are needed only for what is shown then.
  const asked = standing();
  asked.catch(() => { /* start() tells of it */ });
  await Promise.all([loadLanguage(), loadIcons()]);
  await start(asked);
} catch (error) { failure(error); }
