// Making and changing elements. Nothing here parses HTML: text from the gateway can never become markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "htmlFor") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An HTML element; `on…` members are listeners, null and false members are left out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Takes the drawings into the document: they must be there also when the gateway is not. */
export async function loadIcons() {
  const response = await fetch("/icons.svg");
  const sprite = new DOMParser().parseFromString(await response.text(), "image/svg+xml").documentElement;
  sprite.setAttribute("hidden", "");
  document.body.prepend(document.adoptNode(sprite));
}

/** A drawing of the sprite. It is decoration: the word beside it says the same. */
export function icon(name, extra = "") {
  return svg("svg", { class: `icon ${extra}`, "aria-hidden": "true", focusable: "false" },
    svg("use", { href: `#${name}` }));
}

/** Shows another drawing in an icon. */
export function setIcon(element, name) {
  const use = element.firstElementChild;
  const href = `#${name}`;
  if (use.getAttribute("href") !== href) use.setAttribute("href", href);
}

/** Sets text only where it differs, so that a screen reader and the layout are left in peace. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Puts other children into an element. */
export function replace(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

/** Sets an attribute only where it differs. */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

let serial = 0;
/** An id that nothing else on the page has. */
export function uniqueID(prefix) {
  serial += 1;
  return `${prefix}-${serial}`;
}

/** Offers a text or blob as a file. */
export function download(name, content, type = "text/plain") {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Waits until calls have stopped for a while. */
export function debounce(call, delay) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), delay);
  };
}
