// The wheel as a ring. Each part stands for some slots; the ring also shows the warmer's position
// and the due slots.

import { svg, el, age, number } from "./dom.js";

const SIZE = 320;
const OUTER = 150;
const INNER = 104;

function point(angle, radius) {
  return [SIZE / 2 + radius * Math.sin(angle), SIZE / 2 - radius * Math.cos(angle)];
}

function sector(from, to, inner, outer) {
  const large = to - from > Math.PI ? 1 : 0;
  const [ax, ay] = point(from, outer);
  const [bx, by] = point(to, outer);
  const [cx, cy] = point(to, inner);
  const [dx, dy] = point(from, inner);
  const f = (n) => n.toFixed(2);
  return `M${f(ax)} ${f(ay)}A${outer} ${outer} 0 ${large} 1 ${f(bx)} ${f(by)}`
    + `L${f(cx)} ${f(cy)}A${inner} ${inner} 0 ${large} 0 ${f(dx)} ${f(dy)}Z`;
}

const WORDS = {
  warm: "warm",
  overdue: "overdue",
  cold: "cold",
  failing: "failing",
  empty: "no tenants",
  unseen: "not checked yet",
};

function describe(part, now) {
  const slots = part.from === part.to ? "slot " + part.from : "slots " + part.from + " to " + part.to;
  if (part.seenAt === null) {
    return slots + ": not checked yet";
  }
  const bad = [["failing", part.failing], ["cold", part.cold], ["overdue", part.overdue]]
    .filter(([, count]) => count > 0).map(([word, count]) => count + " " + word);
  return `${slots}: about ${number(part.tenants)} tenants, ${part.looked} checked ${age(now - part.seenAt)} ago`
    + (bad.length > 0 ? ", " + bad.join(", ") : "")
    + (part.oldestAgeMillis === null ? "" : ", oldest check " + age(part.oldestAgeMillis) + " ago");
}

/** The ring; `about` has the number of slots and their length. */
export function ring(sample, status, about, now) {
  const parts = sample?.parts ?? [];
  const slots = about.slots;
  const turn = 2 * Math.PI;
  const image = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "ring", role: "img", "aria-labelledby": "ring-title" });
  const bad = parts.filter((part) => ["cold", "failing", "overdue"].includes(part.mark)).length;
  const { published, lagMillis: lag } = status.cursor;
  // If the wheel table does not respond, the cursor is unknown, too.
  const known = status.tenants.enrolled !== null;
  image.append(
    svg("title", { id: "ring-title" },
      `The wheel: ${parts.length} parts, ${bad} of them with cold, failing or overdue tenants. `
      + (known ? published === null ? "The warmer has never run." : `The warmer is ${age(lag)} behind.` : "The warmer's position is unknown.")),
  );
  for (const part of parts) {
    const from = (turn * part.from) / slots;
    const to = (turn * (part.to + 1)) / slots;
    const gap = parts.length > 1 ? Math.min(0.004, (to - from) / 8) : 0;
    const end = Math.min(to - gap, from + turn - 0.0001);
    image.append(svg("path", { d: sector(from + gap, end, INNER, OUTER), class: "part " + part.mark },
      svg("title", {}, describe(part, now))));
  }
  if (published !== null && about.slotMillis > 0) {
    const current = Math.floor(now / about.slotMillis);
    const behind = Math.min(slots, Math.max(0, current - published));
    if (behind > 0) {
      const to = (turn * ((current % slots) + 1)) / slots;
      const length = Math.min(turn - 0.0001, (turn * behind) / slots);
      image.append(svg("path", { d: sector(to - length, to, OUTER + 3, OUTER + 8), class: "due" }));
    }
    const angle = (turn * ((published % slots) + 1)) / slots;
    const [x1, y1] = point(angle, INNER - 12);
    const [x2, y2] = point(angle, OUTER + 9);
    image.append(svg("line", { x1, y1, x2, y2, class: "hand" }));
  }
  const centre = (y, text, kind) => image.append(
    svg("text", { x: SIZE / 2, y, class: kind, "text-anchor": "middle" }, text));
  centre(SIZE / 2 - 16, number(sample?.tenants), "big");
  centre(SIZE / 2 + 6, sample?.complete === false ? "tenants, about" : "tenants", "small");
  centre(SIZE / 2 + 32, !known ? "warmer unknown" : published === null ? "the warmer never ran"
    : lag === null ? "other slots" : age(lag) + " behind", "small");
  const legend = el("ul", { class: "legend" }, Object.entries(WORDS).map(([kind, word]) =>
    el("li", {}, svg("svg", { viewBox: "0 0 10 10", width: 10, height: 10, "aria-hidden": "true" },
      svg("rect", { width: 10, height: 10, class: "part " + kind })), " " + word)));
  return el("div", {}, image, legend);
}

/** The same for screen readers: the parts that are not warm, in words. */
export function ringInWords(sample, now) {
  const bad = (sample?.parts ?? []).filter((part) => !["warm", "empty", "unseen"].includes(part.mark));
  return el("ul", {}, bad.length === 0 ? el("li", {}, "Every part that was checked is warm.")
    : bad.slice(0, 20).map((part) => el("li", {}, describe(part, now))));
}
