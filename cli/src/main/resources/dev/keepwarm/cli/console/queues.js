// Dead letters, and the cost of a month.

import { view } from "./api.js";
import { el, age, number, renew, table, tenantLink } from "./dom.js";
import { button, perform } from "./actions.js";

/**
 * The dead letters. Listing receives them, which hides them for a moment, so it is done only on
 * request.
 */
export function queues(main, state) {
  const { session } = state;
  const counts = el("p", {});
  const content = el("div", { "aria-live": "polite" });
  const look = el("button", { type: "button", onclick: () => refresh() }, "List dead letters");
  main.replaceChildren(
    el("h1", {}, "Dead letters"),
    el("p", {}, "A message that failed ten times (in due: five times) becomes a dead letter. Its request was not carried out. "
      + "Listing them receives them from SQS, so for some seconds other consumers do not see them."),
    counts,
    el("p", { class: "buttons" }, look,
      button(session, "Redrive all", () => run("redrive", { all: true }, "Redrive all", "Publish the events of all dead letters again?"))),
    content,
  );
  const run = async (name, parameters, label, question) => {
    if (await perform(session, name, parameters, label, question)) {
      refresh();
    }
  };
  const refresh = async () => {
    look.disabled = true;
    content.replaceChildren(el("p", {}, "Looking …"));
    try {
      const json = await view("dead-letters");
      content.replaceChildren(json.deadLetters.length === 0 ? el("p", {}, "No dead letters.") : show(json));
    } catch (error) {
      content.replaceChildren(el("p", { class: "bad" }, (error.code ?? "INTERNAL") + ": " + error.message));
    } finally {
      look.disabled = false;
    }
  };
  const show = (json) => {
    const sent = json.deadLetters.map((letter) => letter.sentAt).filter((at) => at !== null);
    return el("div", {},
      el("p", {}, sent.length > 0 ? "The oldest is " + age(json.at - Math.min(...sent)) + " old." : "",
        json.complete ? "" : " There are more."),
      table("Dead letters", ["Queue", "Age", "Event", "Tenant", "Name", "Version", "Reason", "Message",
        ...(session.write ? ["Actions"] : [])],
        json.deadLetters.map((letter) => [
          letter.queue,
          letter.sentAt === null ? "?" : age(json.at - letter.sentAt),
          letter.event ?? "malformed",
          letter.tenants.slice(0, 3).map((each, i) => [i > 0 ? ", " : "", tenantLink(each)])
            .concat(letter.tenants.length > 3 ? [" and " + (letter.tenants.length - 3) + " more"] : []),
          letter.name ?? "–",
          number(letter.version),
          [el("strong", {}, letter.reason), ": " + letter.what],
          letter.message,
          ...(session.write ? [el("span", { class: "buttons" },
            letter.event === null ? null : button(session, "Redrive", () => run("redrive",
              { queue: letter.queue, message: letter.message }, "Redrive", "Publish this event again?"), false, "Redrive " + letter.message),
            button(session, "Delete", () => run("delete",
              { queue: letter.queue, message: letter.message }, "Delete"), true, "Delete " + letter.message))] : []),
        ])));
  };
  return (snapshot) => {
    renew(counts, ...Object.entries(snapshot.status.queues).map(([name, depth]) =>
      el("span", { class: "tag " + (depth?.deadLetters > 0 ? "failing" : "") }, name + ": " + (depth === null ? "no answer" : number(depth.deadLetters)))));
  };
}

/** The cost of a month, extrapolated from the current state. */
export function cost(main, state) {
  const content = el("div", {}, el("p", {}, "Calculating …"));
  main.replaceChildren(el("h1", {}, "Cost of a month, extrapolated"), content);
  const dollars = (value) => "$" + value.toFixed(2);
  let shown = 0;
  return async () => {
    if (Date.now() - shown < 30000) {
      return;
    }
    try {
      const json = await view("cost");
      if (!json.lines) {
        content.replaceChildren(el("p", {}, "No credential was found yet."));
        return;
      }
      shown = Date.now();
      renew(content,
        el("p", {}, `About ${number(json.credentials)} credentials of ${number(json.tenants)} tenants, at the list prices of ${json.region} as of ${json.asOf}: `,
          el("strong", {}, dollars(json.dollars) + " a month"),
          `. Assumptions about your readers: ${number(json.reads)} requests of readers and ${number(json.changes)} changes a month. `
          + "keepwarm cost takes your own figures."),
        table("Line by line", ["Service", "What", "Quantity", "Dollars"],
          json.lines.map((line) => [line.service, line.what, number(Math.round(line.quantity * 10) / 10), dollars(line.dollars)])));
    } catch (error) {
      content.replaceChildren(el("p", { class: "bad" }, (error.code ?? "INTERNAL") + ": " + error.message));
    }
  };
}
