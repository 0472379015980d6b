// Buttons for actions, and their confirmation dialogs.

import { act, Refused } from "./api.js";
import { el } from "./dom.js";

/** Asks a question; true if the user confirms. Escape means no. */
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

/** Shows the result, until the user dismisses it or starts another action. */
export function toast(text, bad = false) {
  const place = document.getElementById("toast");
  place.replaceChildren(el("p", { class: bad ? "bad" : "good" }, text,
    el("button", { type: "button", "aria-label": "Dismiss", onclick: () => place.replaceChildren() }, "×")));
}

/**
 * Runs an action. If the server requires a confirmation, its response has the question, and the
 * request is sent again after that. Returns the server's response; null if nothing was done.
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

/**
 * A button; none if this console is read-only. `name` distinguishes buttons with the same label.
 */
export function button(session, label, onclick, danger = false, name = null) {
  return session.write
    ? el("button", { type: "button", class: danger ? "danger" : null, "aria-label": name, onclick }, label)
    : null;
}
