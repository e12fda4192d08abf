// Why the gateway refused a value, in the user's language: the sentences of its rules (Sources/Configuration) are recognised
// by their form. One that is not known is shown as the gateway says it.

import { t } from "./i18n.js";
import { plain } from "./format.js";
import { chemistryName, settingTitle } from "./words.js";

const NUMBER = "(-?[\\d.]+)";
const amount = (text) => plain(Number(text));
const unit = (text) => (text ? `\u00A0${text}` : "");

/** Form of a sentence behind its key, its key here, and what it is filled with. */
const forms = [
  [`allowed is ${NUMBER} … ${NUMBER}(?: (\\S+))?\\. Choose`, "bounds", (m) => ({ low: amount(m[1]), high: amount(m[2]) + unit(m[3]) })],
  [`must be (at most|at least|below|above) ([a-z]\\S*), ${NUMBER} (\\S+): `, null, (m) => ({ other: settingTitle(m[2]), value: amount(m[3]) + unit(m[4]) }),
    (m) => m[1].replace(" ", "_")],
  [`must be at least ${NUMBER} s, the value of (\\S+)\\.`, "at_least", (m) => ({ other: settingTitle(m[2]), value: amount(m[1]) + unit("s") })],
  [`must be at least ${NUMBER} s, two poll periods`, "polls", (m) => ({ value: amount(m[1]) + unit("s") })],
  [`must be ${NUMBER} … ${NUMBER} V, which (\\w+) cells bear`, "bearable", (m) => ({ low: amount(m[1]), high: amount(m[2]) + unit("V"), chemistry: chemistryName(m[3]) })],
  ["only LTO cells", "frost", () => ({})],
  ["which (\\S+) uses already", "taken", (m) => ({ other: settingTitle(m[1]) })],
  ["a maker for whom the GX changes", "maker", () => ({})],
  ["is not set, but system\\.commissioned is true", "needed", () => ({})],
  ["no pack is configured", "no_pack", () => ({})],
  [`takes a(?: whole)? number, ${NUMBER} … ${NUMBER}`, "bounds", (m) => ({ low: amount(m[1]), high: amount(m[2]) })],
  ["is no link address for this; allowed are (.*)\\.$", "address", (m) => ({ forms: m[1] })],
  ["must be HOST:PORT", "listen", () => ({})],
  ["a password would travel in the clear", "clear_text", () => ({})],
  ["is not set, but (\\S+) is: set both", "both", (m) => ({ other: settingTitle(m[1]) })],
  ["is no setting; ", "unknown", () => ({})],
].map(([form, key, values, choose]) => [new RegExp(form), key, values, choose]);

/** What is wrong with a value, to stand at its field. */
export function refusalText(sentence) {
  for (const [form, key, values, choose] of forms) {
    const match = form.exec(sentence ?? "");
    if (match) return t(`refusal.${key ?? choose(match)}`, values(match));
  }
  return sentence;
}

/** The same where nothing around it names the setting. */
export function refusalSentence({ field, detail }) {
  return field ? t("word.pair", { name: settingTitle(field), value: refusalText(detail) }) : refusalText(detail);
}
