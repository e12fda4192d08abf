// Why a limit is what it is: from the configured maximum down to the published value, one step a reason.

import { h, icon, replace } from "../dom.js";
import { t } from "../i18n.js";
import { duration, quantity } from "../format.js";
import { evidenceText, ruleName, ruleMeaning } from "../words.js";

/**
 * The steps of a limit, highest value first: those that lower what is left (`cuts`), each with where it starts and ends,
 * and those that would allow as much or more (`others`). Values that look the same with so many digits are one step,
 * named after the rule that decides.
 */
export function steps(reasons, published, digits) {
  const decider = deciding(reasons);
  const ordered = [...reasons].sort((one, other) => other.value - one.value);
  const maximum = ordered.find((reason) => reason.rule === "configured_maximum")?.value
    ?? ordered.find((reason) => reason.rule === "chemistry_maximum")?.value ?? ordered[0]?.value ?? published;
  const visible = 0.5 * 10 ** -digits;
  const cuts = [];
  const others = [];
  let left = maximum;
  for (const reason of ordered) {
    const last = cuts.at(-1);
    if (reason.value < left - visible) {
      cuts.push({ reason, from: left, to: reason.value });
      left = reason.value;
    } else if (reason === decider && last) {
      others.push(last.reason);
      last.reason = reason;
    } else if (reason.rule !== "configured_maximum") others.push(reason);
  }
  return { maximum, cuts, others };
}

/**
 * The reason that decides. The controller of the highest cell that asks for just what the charge phase asks for leans on
 * nothing yet: then it is the phase.
 */
export function deciding(reasons) {
  const [first] = reasons;
  const target = reasons.find((one) => one.rule === "charge_target");
  return first?.rule === "highest_cell_controller" && target && target.value - first.value < 0.005 ? target : first;
}

function sinceText(reason) {
  const seconds = reason.since_s ?? (reason.since ? (Date.now() - Date.parse(reason.since)) / 1000 : null);
  return seconds !== null && seconds >= 1 ? t("limit.since", { duration: duration(seconds) }) : "";
}

function stepRow({ reason, from, to }, scale, unit, digits, packs, decides) {
  const bar = h("div", { class: "fall-bar" }, h("span", { class: "fall-cut" }), h("span", { class: "fall-left" }));
  bar.children[0].style.left = `${scale(to)}%`;
  bar.children[0].style.width = `${Math.max(0.5, scale(from) - scale(to))}%`;
  bar.children[1].style.width = `${scale(to)}%`;
  const detail = [evidenceText(reason.detail, packs), sinceText(reason)].filter(Boolean).join(" · ");
  return h("li", { class: decides ? "fall-step decides" : "fall-step" },
    h("div", { class: "fall-line" }, h("span", { class: "fall-name" }, ruleName(reason.rule),
      decides ? h("span", { class: "badge accent" }, t("limit.decides")) : null),
    h("span", { class: "fall-value" }, quantity(to, unit, digits))),
    bar,
    h("p", { class: "small" }, detail, detail ? h("br") : null, h("span", { class: "muted" }, ruleMeaning(reason.rule))));
}

/** A waterfall; `show(reasons, published, packCount)` draws it anew. `floor` is where its axis begins. */
export function waterfall(unit, digits) {
  const element = h("div", { class: "fall" });
  let drawn = "";
  return {
    element,
    show(reasons, published, packs, floor = 0) {
      // Drawn anew only when something that can be seen has changed: a reader's place is kept.
      const key = JSON.stringify([reasons.map((r) => [r.rule, r.value.toFixed(digits), r.detail, Math.floor((r.since_s ?? 0) / 60)]), published?.toFixed(digits), document.documentElement.lang]);
      if (key === drawn) return;
      drawn = key;
      if (!reasons.length) { replace(element, h("p", { class: "muted" }, t("limit.none"))); return; }
      const isOpen = element.querySelector("details")?.open ?? false;
      const { maximum, cuts, others } = steps(reasons, published, digits);
      const scale = (amount) => (maximum > floor ? Math.min(100, Math.max(0, ((amount - floor) / (maximum - floor)) * 100)) : 100);
      const full = h("span", { class: "fall-left" });
      full.style.width = "100%";
      const head = h("li", { class: "fall-step" },
        h("div", { class: "fall-line" }, h("span", { class: "fall-name" }, ruleName("configured_maximum")),
          h("span", { class: "fall-value" }, quantity(maximum, unit, digits))),
        h("div", { class: "fall-bar" }, full));
      const end = h("li", { class: "fall-end" }, h("span", { class: "row" }, icon("right"), t("limit.published")),
        h("strong", {}, quantity(published, unit, digits)));
      const rest = others.length
        ? h("details", { class: "fold", open: isOpen }, h("summary", {}, t("limit.others", { count: others.length })),
          h("ul", { class: "fall-others" }, others.map((reason) => h("li", {},
            h("span", {}, ruleName(reason.rule), " ", h("span", { class: "muted" }, evidenceText(reason.detail, packs))),
            h("span", { class: "muted" }, quantity(reason.value, unit, digits))))))
        : null;
      replace(element,
        h("ol", { class: "fall-steps" }, head,
          cuts.map((step) => stepRow(step, scale, unit, digits, packs, step.reason === deciding(reasons))), end),
        cuts.length ? null : h("p", { class: "small muted" }, t("limit.unlimited")), rest);
    },
  };
}
