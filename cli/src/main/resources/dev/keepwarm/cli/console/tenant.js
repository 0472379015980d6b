// A tenant's page: its entries, and the actions on them.

import { view } from "./api.js";
import { el, age, number, renew, time, table } from "./dom.js";
import { button, perform } from "./actions.js";

/** Builds the view; returns a function to call with each snapshot. */
export function tenant(main, state, id) {
  const { session } = state;
  const content = el("div", {}, el("p", {}, "Looking …"));
  const actions = session.write
    ? el("p", { class: "buttons" },
        button(session, "Warm", () => run("warm", { tenant: id }, "Warm")),
        button(session, "Rotate all", () => run("rotate", { tenant: id, all: true }, "Rotate all")),
        button(session, "Invalidate all", () => run("invalidate", { tenant: id, all: true }, "Invalidate all",
          "Make all cached values of " + id + " unreadable until they are refreshed?")),
        button(session, "Revoke all", () => run("revoke", { tenant: id, all: true }, "Revoke all"), true),
        button(session, "Unrevoke all", () => run("unrevoke", { tenant: id, all: true }, "Unrevoke all"), true))
    : el("p", { class: "muted" }, "This console is read-only. Start it with --write to warm, rotate, invalidate and revoke.");
  main.replaceChildren(el("h1", {}, "Tenant ", el("span", { class: "id" }, id)), actions, content);

  let busy = false;
  const refresh = async () => {
    if (busy) {
      return;
    }
    busy = true;
    try {
      show(await view("tenant", { tenant: id }));
    } catch (error) {
      renew(content, el("p", { class: "bad", role: "alert" }, (error.code ?? "INTERNAL") + ": " + error.message));
    } finally {
      busy = false;
    }
  };
  const run = async (name, parameters, label, question) => {
    if (await perform(session, name, parameters, label, question)) {
      refresh();
    }
  };
  const show = (json) => {
    const now = json.at;
    renew(content,
      el("p", {}, json.enrolled ? "On the wheel, in slot " + json.slot + ". " : "Not on the wheel, so these entries are not kept warm. ",
        json.sourceProblem ? el("strong", { class: "bad" }, "The source does not respond: " + json.sourceProblem) : null),
      table("Credentials, without their values",
        ["Name", "Condition", "Version", "At the source", "Checked", "Expires", "Latest change", ...(session.write ? ["Actions"] : [])],
        json.entries.map((entry) => row(json, entry, now))),
      missing(json));
  };
  const missing = (json) => {
    const there = new Set(json.entries.map((entry) => entry.name));
    const absent = Object.keys(json.source ?? {}).filter((name) => !there.has(name));
    return absent.length === 0 ? ""
      : el("p", {}, "At the source, and not in the cache: " + absent.join(", "));
  };
  const row = (json, entry, now) => {
    // An own property, because a name may be "constructor".
    const source = json.source === null ? "?" : Object.hasOwn(json.source, entry.name) ? json.source[entry.name] : undefined;
    const parameters = { tenant: id, name: entry.name };
    const action = (label, onclick, danger) => button(session, label, onclick, danger, label + " " + entry.name);
    return [
      entry.name,
      el("span", { class: "tag " + entry.condition }, entry.condition),
      number(entry.version),
      source === undefined ? "gone" : source === "?" ? "?" : number(source),
      checked(entry, now),
      entry.hardExpiresAt ? time(Math.max(entry.hardExpiresAt, entry.freshUntil ?? 0), now) : "–",
      last(entry, now),
      ...(session.write
        ? [el("span", { class: "buttons" },
            action("Rotate", () => run("rotate", parameters, "Rotate")),
            action("Invalidate", () => run("invalidate", parameters, "Invalidate",
              "Make the cached value of " + id + " " + entry.name + " unreadable until it is refreshed?")),
            entry.condition === "revoked"
              ? action("Unrevoke", () => run("unrevoke", parameters, "Unrevoke"), true)
              : action("Revoke", () => run("revoke", parameters, "Revoke"), true))]
        : []),
    ];
  };
  // A freshness record that vouches for an entry was made one lifetime before its end.
  const checked = (entry, now) => {
    if (entry.ageMillis === null || entry.ageMillis === undefined) {
      return "–";
    }
    const compared = entry.freshUntil ? now - (entry.freshUntil - (entry.hardExpiresAt - entry.sealedAt)) : entry.ageMillis;
    return age(Math.min(entry.ageMillis, compared)) + " ago";
  };
  const last = (entry, now) => {
    if (entry.failure) {
      return [entry.failure, entry.retryAt ? [", next try ", time(entry.retryAt, now)] : ""];
    }
    if (entry.revokedAt) {
      return ["revoked ", time(entry.revokedAt, now)];
    }
    if (entry.awaitedVersion) {
      return ["awaits version " + entry.awaitedVersion, entry.awaitedUntil ? [" until ", time(entry.awaitedUntil, now)] : ""];
    }
    if (entry.unrevokedAt) {
      return ["unrevoked ", time(entry.unrevokedAt, now)];
    }
    const sealed = entry.sealedAt ? ["sealed ", time(entry.sealedAt, now)] : "";
    return entry.freshUntil ? [sealed, ", vouched for, ends ", time(entry.freshUntil, now)] : sealed;
  };
  refresh();
  return refresh;
}
