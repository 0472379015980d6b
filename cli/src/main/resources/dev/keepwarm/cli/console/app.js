// Starts the page: which view is shown, the theme, and the stream of snapshots.

import { live, view } from "./api.js";
import { el, number } from "./dom.js";
import { overview } from "./overview.js";
import { tenant } from "./tenant.js";
import { queues, cost } from "./queues.js";

const MOST_POINTS = 450;
const state = { session: {}, points: [], snapshot: null, theme: "" };
let update = () => {};

const byId = (id) => document.getElementById(id);

function route() {
  const main = byId("main");
  const hash = location.hash.replace(/^#\/?/, "");
  let name = hash.split("/")[0] || "overview";
  if (name === "tenant") {
    let id = hash.slice("tenant/".length);
    try {
      id = decodeURIComponent(id);
    } catch {
      // A malformed escape is shown unchanged.
    }
    update = tenant(main, state, id);
  } else if (name === "queues") {
    update = queues(main, state);
  } else if (name === "cost") {
    update = cost(main, state);
  } else {
    name = "overview";
    update = overview(main, state);
  }
  document.title = main.querySelector("h1").textContent + " – Keepwarm";
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === name) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  }
  if (state.snapshot) {
    update(state.snapshot);
  }
}

function onSnapshot(snapshot) {
  if (snapshot.failed) {
    say("INTERNAL: " + snapshot.failed, true);
    return;
  }
  state.snapshot = snapshot;
  state.points.push(snapshot.point);
  state.points.splice(0, state.points.length - MOST_POINTS);
  const problems = snapshot.status.problems.length;
  say((problems === 0 ? "Healthy" : problems === 1 ? "1 problem" : problems + " problems")
    + ", as of " + new Date(snapshot.at).toLocaleTimeString("en-GB"), problems > 0);
  const viewing = snapshot.viewing;
  byId("viewing").textContent = viewing
    ? `This view costs about $${viewing.dollarsAnHour.toFixed(3)} an hour on AWS: ${number(viewing.readUnitsAnHour)} read units, ${number(viewing.queueRequestsAnHour)} requests to queues, ${number(viewing.metricsAnHour)} metrics of CloudWatch.`
    : "";
  update(snapshot);
}

let said = "";
function say(text, bad) {
  const place = byId("state");
  place.className = bad ? "bad" : "good";
  place.textContent = text;
  // A screen reader announces changes only, not every second's update.
  const gist = text.replace(/, as of .*/, "");
  place.setAttribute("aria-live", gist === said ? "off" : "polite");
  said = gist;
}

function applyTheme() {
  const stored = localStorage.getItem("keepwarm-theme");
  const dark = stored ? stored === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  state.theme = dark ? "dark" : "light";
  document.documentElement.dataset.theme = state.theme;
  byId("theme").textContent = dark ? "Light" : "Dark";
  if (state.snapshot) {
    update(state.snapshot);
  }
}

function keys(event) {
  const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (event.key === "/") {
    event.preventDefault();
    byId("tenant").focus();
  }
}

async function start() {
  applyTheme();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
  byId("theme").addEventListener("click", () => {
    localStorage.setItem("keepwarm-theme", state.theme === "dark" ? "light" : "dark");
    applyTheme();
  });
  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const id = byId("tenant").value.trim();
    if (id) {
      location.hash = "#/tenant/" + encodeURIComponent(id);
    }
  });
  document.addEventListener("keydown", keys);
  try {
    state.session = await view("session");
    state.points = (await view("history")).points;
  } catch (error) {
    byId("main").replaceChildren(el("h1", {}, "No access"), el("p", { class: "bad" }, error.message));
    return;
  }
  byId("about").textContent = [state.session.cacheTable, state.session.bus, state.session.key,
    state.session.write ? "actions are allowed" : "read-only"].join(" · ");
  addEventListener("hashchange", () => {
    route();
    byId("main").focus({ preventScroll: true });
    scrollTo(0, 0);
  });
  route();
  live(onSnapshot, (connected) => {
    if (!connected) {
      say("No connection to keepwarm console. The page shows old data.", true);
    }
  });
}

start();
