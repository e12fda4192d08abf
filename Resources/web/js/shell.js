// The frame around every page: navigation, the state of the connection, language and colours.

import { h, icon, setAttribute, setText, replace } from "./dom.js";
import { currentLanguage, languages, loadLanguage, t } from "./i18n.js";
import { age } from "./format.js";
import { telemetry } from "./telemetry.js";
import { raisedAlarms, verdict } from "./verdict.js";

/** The pages of the navigation; a new one is a line here and a module in `pages/`. */
export const pages = [
  { id: "now", icon: "now", load: () => import("./pages/now.js") },
  { id: "cells", icon: "cells", load: () => import("./pages/cells.js") },
  { id: "inverter", icon: "inverter", load: () => import("./pages/inverter.js") },
  { id: "events", icon: "events", load: () => import("./pages/events.js") },
  { id: "settings", icon: "settings", load: () => import("./pages/settings.js") },
  { id: "system", icon: "system", load: () => import("./pages/system.js") },
];

/** A mark of the connection. */
export function liveMark() {
  const text = h("span", {});
  const element = h("span", { class: "live" }, h("span", { class: "dot", "aria-hidden": "true" }), text);
  const stop = telemetry.subscribe(({ connection, silence }) => {
    setAttribute(element, "data-state", connection);
    setText(text, connection === "lost" && silence ? t("live.lost_for", { age: age(silence) }) : t(`live.${connection}`));
  });
  return { element, stop };
}

function lostBar() {
  const text = h("span", {});
  const element = h("div", { class: "lost-bar", role: "alert", hidden: true },
    icon("link-off"), h("div", {}, h("strong", {}, t("lost.title")), text));
  const stop = telemetry.subscribe(({ connection, silence }) => {
    const isLost = connection === "lost";
    if (element.hidden === isLost) element.hidden = !isLost;
    // The age is shown by the mark; here it would make a screen reader speak without end.
    setText(text, isLost ? t(silence ? "lost.text" : "lost.never") : "");
  });
  return { element, stop };
}

/** Language and colours. */
export function preferences(redraw) {
  const language = h("select", { class: "select", "aria-label": t("preference.language") },
    Object.entries(languages).map(([code, name]) => h("option", { value: code, selected: code === currentLanguage() }, name)));
  language.addEventListener("change", async () => {
    await loadLanguage(language.value);
    redraw();
  });
  const theme = h("div", { class: "segments", role: "group", "aria-label": t("preference.theme") },
    [["system", "auto"], ["light", "sun"], ["dark", "moon"]].map(([choice, name]) => h("button", {
      type: "button", title: t(`theme.${choice}`), "aria-label": t(`theme.${choice}`), "data-theme-choice": choice,
      "aria-pressed": String(window.theme.choice === choice),
      onclick(event) {
        window.theme.choose(choice);
        for (const button of event.currentTarget.parentElement.children) {
          button.setAttribute("aria-pressed", String(button === event.currentTarget));
        }
      },
    }, icon(name))));
  return h("div", { class: "preferences" }, language, theme);
}

function brand() {
  return h("a", { class: "brand", href: "#/now" }, icon("logo"), h("span", {}, "Cellbridge"));
}

/** Builds the frame; `main` is where pages go, `select` marks the page shown. */
export function shell(root, { redraw, logOut }) {
  const links = pages.map((page) => {
    const count = h("span", { class: "count", hidden: true });
    const link = h("a", { class: "tab", href: `#/${page.id}` }, icon(page.icon), h("span", {}, t(`nav.${page.id}`)), count);
    return { page, link, count };
  });
  const side = liveMark();
  const top = liveMark();
  const lost = lostBar();
  const main = h("main", { id: "content", class: "content", tabindex: "-1" });
  const skip = h("a", { class: "skip", href: "#content", onclick: (event) => { event.preventDefault(); main.focus(); } }, t("nav.skip"));
  const exit = h("button", { type: "button", class: "button slim", onclick: logOut }, icon("out"), t("action.log_out"));
  const rail = h("div", { class: "rail" }, brand(),
    h("nav", { "aria-label": t("nav.label") }, h("div", { class: "tabs" }, links.map(({ link }) => link))),
    h("div", { class: "rail-foot" }, side.element, preferences(redraw), exit));
  const topbar = h("header", { class: "topbar" }, brand(), h("span", { class: "spring" }), top.element);
  replace(root, skip, h("div", { class: "frame" }, topbar, main), rail, lost.element);

  const stopTitle = telemetry.subscribe((live) => {
    const now = verdict(live);
    const alarms = raisedAlarms(live).filter((one) => one.severity === "alarm").length;
    const events = links.find(({ page }) => page.id === "events");
    if (events.count.hidden === alarms > 0) events.count.hidden = alarms === 0;
    setText(events.count, alarms ? String(alarms) : "");
    setAttribute(events.link, "aria-label", alarms ? t("word.pair", { name: t("nav.events"), value: t("nav.alarms", { count: alarms }) }) : t("nav.events"));
    const soc = live.status?.battery.soc_percent;
    const title = now.level === "good" && soc != null ? `${Math.round(soc)} % · Cellbridge` : `${now.title} · Cellbridge`;
    if (document.title !== title) document.title = title;
  });

  return {
    main,
    select(id) {
      for (const { page, link } of links) {
        if (page.id === id) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
    },
    stop() {
      for (const part of [side, top, lost]) part.stop();
      stopTitle();
    },
  };
}

/** Head of a page: its title, the connection and what the page adds. */
export function pageHead(title, ...extra) {
  return h("div", { class: "page-head" }, h("h1", {}, title), h("span", { class: "spring" }), extra);
}
