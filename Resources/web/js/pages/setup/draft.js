// What the set-up has learnt so far; kept while the page is open, so that every step can be entered again.

/** Packs found: `{number, address, family, found}`, where `found` is the answer of the test. */
export const draft = { packs: [] };

/** The numbers of the packs that a configuration names. */
export function packNumbers(values) {
  return [...new Set(Object.keys(values).map((key) => /^pack\.(\d+)\.link$/.exec(key)?.[1]).filter(Boolean).map(Number))].sort((a, b) => a - b);
}
