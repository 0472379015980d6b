// Buttons that do something, and what is asked before.

import { act, Refused } from "./api.js";
import { el } from "./dom.js";

/** Asks; true if somebody says yes. Escape says no. */
export function ask(question, yes) {
  const dialog = document.getElementById("dialog");
  return new Promise((resolve) => {
    dialog.returnValue = "";
    dialog.replaceChildren(
      el("h2", { id: "dialog-title" }, question),
      el("p", { class: "buttons" },
        el("button", { type: "button", autofocus: true, onclick: () => dialog.close("no") }, "Cancel"),
        el("button", { type: "button", class: "danger", onclick: () => dialog.close("yes") }, yes)),
    );
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
}

/** Says what came of it, until somebody dismisses it or does something else. */
export function toast(text, bad = false) {
  const place = document.getElementById("toast");
  place.replaceChildren(el("p", { class: bad ? "bad" : "good" }, text,
    el("button", { type: "button", "aria-label": "Dismiss", onclick: () => place.replaceChildren() }, "×")));
}

/**
 * Does something. Where the server wants a confirmation it says what to ask, and is asked again.
 * Returns what it answered; null if nothing was done.
 */
export async function perform(session, name, parameters, label, question = null) {
  try {
    if (question !== null && !(await ask(question, label))) {
      return null;
    }
    let answer;
    try {
      answer = await act(session, name, parameters);
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== "NOT_CONFIRMED") {
        throw error;
      }
      if (!(await ask(error.message, label))) {
        return null;
      }
      answer = await act(session, name, { ...parameters, confirmed: true });
    }
    toast(label + ": done. " + summary(answer));
    return answer;
  } catch (error) {
    toast(label + ": " + (error instanceof Refused ? error.code + ": " + error.message : "failed"), true);
    return null;
  }
}

function summary(answer) {
  if (answer.events) {
    return answer.events.length + " published. It takes effect when the decryptor has handled it.";
  }
  if (answer.redriven !== undefined) {
    return answer.redriven + " redriven"
      + (answer.noEvents.length > 0 ? ", " + answer.noEvents.length + " are malformed and remain" : "") + ".";
  }
  if (answer.deleted !== undefined) {
    return answer.deleted + " deleted.";
  }
  return "";
}

/** A button; where this console only shows, none. Where others have the same label, its whole name tells them apart. */
export function button(session, label, onclick, danger = false, name = null) {
  return session.write
    ? el("button", { type: "button", class: danger ? "danger" : null, "aria-label": name, onclick }, label)
    : null;
}
