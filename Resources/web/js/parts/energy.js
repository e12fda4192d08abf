// Energy counters and peaks.

import { h, setText } from "../dom.js";
import { t } from "../i18n.js";
import { energy, moment, quantity } from "../format.js";

/** What has flowed since the counters began, and the most that ever did. */
export function energyCard() {
  const since = h("span", { class: "small muted" });
  const totals = ["charged", "discharged"].map((way) => {
    const text = h("dd", {}, "–");
    return { way, text, element: h("div", { class: "figure" }, h("dt", {}, t(`energy.${way}`)), text) };
  });
  const peaks = ["charge", "discharge"].map((way) => {
    const text = h("dd", {}, "–");
    const time = h("dd", { class: "peak-time" });
    return { way, text, time, element: h("div", { class: "figure" }, h("dt", {}, t(`energy.peak_${way}`)), text, time) };
  });
  const element = h("section", { class: "card energy-card", "aria-labelledby": "energy" },
    h("div", { class: "card-head" }, h("h2", { id: "energy" }, t("energy.title")), since),
    h("dl", { class: "figures energy" }, totals.map((one) => one.element), peaks.map((one) => one.element)));
  return {
    element,
    show({ status }) {
      if (!status) return;
      for (const { way, text } of totals) setText(text, energy(status.energy[`${way}_wh`]));
      for (const { way, text, time } of peaks) {
        const { [`${way}_a`]: amperes, [`${way}_w`]: watts, [`${way}_w_time`]: when } = status.peaks ?? {};
        setText(text, amperes == null || amperes < 0.05 ? "–" : `${quantity(amperes, "A", 1)} · ${quantity(watts / 1000, "kW", 2)}`);
        setText(time, when && amperes >= 0.05 ? moment(when) : "");
      }
      setText(since, status.peaks ? t("energy.since", { time: moment(status.peaks.since) }) : "");
    },
  };
}
