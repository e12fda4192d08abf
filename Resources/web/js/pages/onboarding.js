// From an unclaimed device to frames on the bus, step by step. Until the last one nothing is sent to the inverter (S64),
// so whoever leaves half-way leaves a safe system; every step can be entered again.

import * as api from "../api.js";
import { h, icon, setText } from "../dom.js";
import { t } from "../i18n.js";
import { preferences } from "../shell.js";
import { telemetry } from "../telemetry.js";

const steps = [
  { id: "claim", load: () => import("./setup/claim.js") },
  { id: "find", load: () => import("./setup/find.js") },
  { id: "confirm", load: () => import("./setup/confirm.js") },
  { id: "can", load: () => import("./setup/can.js") },
  { id: "dry", load: () => import("./setup/dry.js") },
  { id: "done", load: () => import("./setup/done.js") },
];

export function show(main, { start, redraw, rest }) {
  main.className = "setup";
  let leave = null;
  let isGone = false;
  const body = h("div", { class: "setup-body" });
  const safe = h("span", {});
  // Whoever comes back once it sends must not read that nothing is sent.
  const stop = telemetry.subscribe(({ status }) => setText(safe, t(status?.commissioned ? "setup.safe_again" : "setup.safe")));
  draw();

  async function draw() {
    let setup;
    try { setup = await api.get("/api/setup"); } catch { setTimeout(() => { if (!isGone) draw(); }, 2_000); return; }
    if (isGone) return;
    const index = setup.claimed ? Math.max(1, steps.findIndex((step) => step.id === rest[0])) : 0;
    const step = steps[index];
    main.replaceChildren(
      h("header", { class: "setup-head" }, h("span", { class: "brand" }, icon("logo"), h("span", {}, "Cellbridge")), h("span", { class: "spring" }), preferences(redraw)),
      stepper(index), body,
      step.id === "done" ? "" : h("footer", { class: "setup-foot small muted" }, icon("shield-good"), safe,
        setup.claimed ? h("a", { href: "#/now" }, t("setup.leave")) : null));
    document.title = `${t(`setup.${step.id}`)} · Cellbridge`;
    const module = await step.load();
    if (isGone) return;
    const card = h("section", { class: "card setup-card", "aria-labelledby": "step" },
      h("p", { class: "small muted" }, t("setup.step", { number: index + 1, count: steps.length })), h("h1", { id: "step", tabindex: "-1" }, t(`setup.${step.id}.title`)),
      h("p", { class: "muted" }, t(`setup.${step.id}.text`)));
    body.replaceChildren(card);
    leave = module.show(card, {
      setup,
      async claimed() {
        // What was set up on the command line, or is a demonstration, needs no set-up: its live page is next.
        const status = await api.get("/api/status").catch(() => null);
        history.replaceState(null, "", status?.commissioned ? "#/now" : "#/setup/find");
        start();
      },
      next() { location.hash = `#/setup/${steps[index + 1].id}`; },
      finish() { location.hash = "#/now"; },
    });
    scrollTo(0, 0);
  }

  return () => {
    isGone = true;
    stop();
    leave?.();
  };
}

function stepper(index) {
  return h("nav", { "aria-label": t("setup.steps") }, h("ol", { class: "stepper" }, steps.map((step, place) => {
    const label = h("span", {}, t(`setup.${step.id}`));
    const number = h("span", { class: "step-number" }, place < index ? icon("good") : String(place + 1));
    const isOpen = place > 0 && index > 0 && place !== index && step.id !== "done";
    return h("li", { class: place === index ? "is-now" : place < index ? "is-past" : "", "aria-current": place === index ? "step" : null },
      isOpen ? h("a", { href: `#/setup/${step.id}` }, number, label) : h("span", {}, number, label));
  })));
}
