// Words in the user's language, from one dictionary file a language.

export const languages = { en: "English", fr: "Français" };

let language = "en";
let words = {};
let plurals = new Intl.PluralRules("en");

function preferred() {
  try {
    const stored = localStorage.getItem("language");
    if (stored in languages) return stored;
  } catch { /* no storage: the browser's language decides */ }
  for (const wanted of navigator.languages ?? [navigator.language]) {
    const short = wanted.slice(0, 2).toLowerCase();
    if (short in languages) return short;
  }
  return "en";
}

/** Loads the dictionary of the chosen language, or of the one given, which is then remembered. */
export async function loadLanguage(choice) {
  const next = choice ?? preferred();
  const response = await fetch(`/lang/${next}.json`);
  if (!response.ok) throw new Error(`/lang/${next}.json: ${response.status}`);
  words = await response.json();
  language = next;
  plurals = new Intl.PluralRules(next);
  document.documentElement.lang = next;
  if (choice) {
    try { localStorage.setItem("language", choice); } catch { /* holds until the page closes */ }
  }
}

/** The language in use, as in `lang`. */
export function currentLanguage() { return language; }

/** The locale of numbers and times: the browser's own variant of the language where it has one. */
export function locale() {
  return (navigator.languages ?? []).find((wanted) => wanted.toLowerCase().startsWith(language)) ?? language;
}

function lookUp(key, values) {
  if (values && "count" in values) {
    const form = words[`${key}.${plurals.select(values.count)}`] ?? words[`${key}.other`];
    if (form !== undefined) return form;
  }
  return words[key];
}

/** Whether the dictionary knows a key. */
export function has(key) { return key in words; }

/** The text of a key; `{name}` in it is filled from `values`. A key that is missing shows as itself. */
export function t(key, values) {
  const text = lookUp(key, values);
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? String(values[name]) : whole));
}

/** The text of a key where there is one, else what is given. */
export function tOr(key, otherwise) { return has(key) ? t(key) : otherwise; }
