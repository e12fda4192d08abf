// The ring of the state of charge.

import { h, svg, setAttribute, setText } from "../dom.js";
import { number, quantity } from "../format.js";
import { t } from "../i18n.js";

const RADIUS = 52;
const LENGTH = 2 * Math.PI * RADIUS;

/** A ring with the state of charge in its middle. */
export function chargeRing() {
  const arc = svg("circle", {
    class: "ring-arc", cx: 60, cy: 60, r: RADIUS, "stroke-dasharray": `0 ${LENGTH}`, transform: "rotate(-90 60 60)",
  });
  const text = h("span", { class: "ring-number" }, number(null));
  const element = h("div", { class: "ring", role: "img" },
    svg("svg", { viewBox: "0 0 120 120", "aria-hidden": "true" },
      svg("circle", { class: "ring-track", cx: 60, cy: 60, r: RADIUS }), arc),
    h("div", { class: "ring-text" }, h("span", { class: "ring-value" }, text, h("span", { class: "unit" }, "%")),
      h("span", { class: "ring-label" }, t("now.soc"))));
  return {
    element,
    show(percent) {
      const known = percent !== null && percent !== undefined;
      const share = known ? Math.min(100, Math.max(0, percent)) / 100 : 0;
      setAttribute(arc, "stroke-dasharray", `${(share * LENGTH).toFixed(1)} ${LENGTH.toFixed(1)}`);
      // Round ends would leave a dot of nothing.
      setAttribute(arc, "visibility", share > 0 ? "visible" : "hidden");
      arc.classList.toggle("is-low", known && percent < 15);
      setText(text, number(percent, known && percent < 99.95 ? 1 : 0));
      setAttribute(element, "aria-label", t("word.pair", { name: t("now.soc"), value: quantity(percent, "%", 1) }));
    },
  };
}
