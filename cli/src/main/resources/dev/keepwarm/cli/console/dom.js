// Makes elements. Text never becomes markup, because tenants and names are input of unknown
// senders.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes and children. A child that is not a node becomes text; null is left
 * out.
 */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for an SVG element. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return element;
}

// The element on which a finger, a mouse button or a key is pressed. A click needs it until the
// release.
let pressed = null;
for (const type of ["pointerdown", "keydown"]) {
  addEventListener(type, (event) => { pressed = event.target; }, true);
}
for (const type of ["pointerup", "pointercancel", "keyup", "blur"]) {
  addEventListener(type, (event) => {
    if (type !== "blur" || event.target === window) {
      pressed = null;
    }
  }, true);
}

/**
 * Replaces the content of a place without disturbing the user: the focus moves to the element with
 * the same label or address, and tables keep their scroll position. Nothing changes while something
 * in the place is pressed, or while a dialog is open that will return the focus.
 */
export function renew(place, ...children) {
  if ((pressed !== null && place.contains(pressed)) || document.querySelector("dialog[open]")) {
    return;
  }
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  const scrolled = [...place.querySelectorAll("[tabindex]")].map((each) => [identity(each), each.scrollLeft, each.scrollTop]);
  place.replaceChildren(...children);
  const now = new Map([...place.querySelectorAll("a, button, [tabindex]")].map((each) => [identity(each), each]));
  for (const [which, left, top] of scrolled) {
    now.get(which)?.scrollTo({ left, top, behavior: "instant" });
  }
  if (focused !== null) {
    // If that element is gone, its table is the nearest.
    (now.get(identity(focused)) ?? place.querySelector("[tabindex]"))?.focus({ preventScroll: true });
  }
}

function identity(element) {
  return element.localName + " " + (element.getAttribute("aria-label") ?? element.getAttribute("href") ?? element.textContent);
}

const numbers = new Intl.NumberFormat("en-GB");

/** A number for people; unknown is a dash. */
export function number(value) {
  return value === null || value === undefined ? "–" : numbers.format(value);
}

/** A duration, in at most two units. */
export function age(millis) {
  if (millis === null || millis === undefined) {
    return "–";
  }
  if (millis < 0) {
    return "-" + age(-millis);
  }
  const seconds = Math.floor(millis / 1000);
  const units = [[86400, "d", 3600, "h"], [3600, "h", 60, "m"], [60, "m", 1, "s"]];
  for (const [unit, letter, lesser, lesserLetter] of units) {
    if (seconds >= unit) {
      return Math.floor(seconds / unit) + letter + Math.floor((seconds % unit) / lesser) + lesserLetter;
    }
  }
  return seconds >= 10 ? seconds + "s" : (millis / 1000).toFixed(1) + "s";
}

/** A moment, with its full date as the title. */
export function time(at, now) {
  const date = new Date(at);
  const text = at > now ? "in " + age(at - now) : age(now - at) + " ago";
  return el("time", { datetime: date.toISOString(), title: date.toISOString() }, text);
}

/** A link to a tenant's page. */
export function tenantLink(tenant) {
  return el("a", { href: "#/tenant/" + encodeURIComponent(tenant) }, tenant);
}

/** A table that scrolls separately if there is not enough room. */
export function table(caption, headings, rows) {
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, headings.map((heading) => el("th", { scope: "col" }, heading)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, i) =>
        i === 0 ? el("th", { scope: "row" }, cell) : el("td", {}, cell))))),
    ),
  );
}

/** A figure with its name. */
export function figure(name, value, remark, kind) {
  return el("div", { class: "figure" + (kind ? " " + kind : "") },
    el("dt", {}, name), el("dd", {}, el("strong", {}, value), remark ? el("small", {}, remark) : null));
}
