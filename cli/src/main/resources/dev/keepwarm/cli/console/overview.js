// The overview: the wheel, counts, ages, queues, problems, what changed lately.

import { el, svg, age, number, time, tenantLink, table, figure } from "./dom.js";
import { ring, ringInWords } from "./ring.js";

const RUNBOOK = "https://github.com/keepwarm/keepwarm/blob/main/";

function section(id, title, ...content) {
  return el("section", { "aria-labelledby": id }, el("h2", { id }, title), ...content);
}

/** Builds the view; returns what takes each snapshot. */
export function overview(main, state) {
  const problems = el("div");
  const wheel = el("div");
  const words = el("details", {}, el("summary", {}, "The wheel in words"), el("div"));
  const counts = el("dl", { class: "figures" });
  const ages = el("div");
  const asked = el("div");
  const queues = el("div");
  const worst = el("div");
  const recent = el("div");
  const queuePlot = plot(["urgent", "changes", "due"], "messages", state);
  const agePlot = plot(["oldest check"], "s", state);
  main.replaceChildren(
    el("h1", {}, "Overview"),
    section("h-problems", "Problems", problems),
    el("div", { class: "columns" },
      el("div", {},
        section("h-wheel", "Wheel", wheel, words),
        section("h-queues", "Queues", queues, queuePlot.element)),
      el("div", {},
        section("h-counts", "Credentials", counts),
        section("h-ages", "Freshness", ages, agePlot.element),
        section("h-asked", "Dependencies", asked))),
    section("h-worst", "Tenants to look at", worst),
    section("h-recent", "Recent changes", recent),
  );
  return (snapshot) => {
    const { status, sample } = snapshot;
    const now = snapshot.at;
    problems.replaceChildren(showProblems(status, sample));
    wheel.replaceChildren(ring(sample, status, state.session, now));
    words.lastChild.replaceChildren(ringInWords(sample, now));
    counts.replaceChildren(...showCounts(status, sample, now));
    ages.replaceChildren(showAges(status, sample, state.session, now));
    queues.replaceChildren(showQueues(status));
    asked.replaceChildren(showAsked(status));
    worst.replaceChildren(showWorst(sample));
    recent.replaceChildren(showRecent(sample, now));
    queuePlot.update(state.points, (p) => [p.urgent, p.changes, p.due]);
    agePlot.update(state.points, (p) => [p.oldestAgeMillis === null ? null : p.oldestAgeMillis / 1000]);
  };
}

function showProblems(status, sample) {
  if (status.problems.length === 0) {
    // Until all tenants were looked at, one of the others may be cold.
    return sample?.complete
      ? el("p", { class: "good" }, "Nothing is wrong.")
      : el("p", {}, "Nothing is wrong in what was looked at so far.");
  }
  return el("ul", { class: "problems" }, status.problems.map((problem) =>
    el("li", { class: problem.code === "UNHEALTHY" ? "warn" : "bad" },
      el("strong", {}, problem.code), " ", problem.what,
      problem.runbook ? el("span", {}, " ", el("a", { href: RUNBOOK + problem.runbook, rel: "noreferrer", target: "_blank" },
        "what to do")) : null)));
}

function showCounts(status, sample, now) {
  const entries = status.entries;
  const partial = sample !== null && !sample.complete;
  const of = partial ? ` in ${number(sample.tenantsSeen)} tenants looked at` : "";
  const shown = [
    figure("Enrolled tenants", number(sample?.tenants), partial ? "about, from a sample" : ""),
    figure("Credentials", number(sample?.credentials), partial ? "about" : ""),
    figure("Warm", number(entries?.warm), (entries === null ? "" : number(entries.due) + " of them due") + of, "warm"),
    figure("Cold", number(entries?.cold), of, entries?.cold > 0 ? "cold" : ""),
    figure("Failed", number(entries?.failed),
      entries === null ? "" : Object.entries(entries.failures).map(([code, n]) => n + " " + code).join(", "),
      entries?.failed > 0 ? "failing" : ""),
    figure("Revoked", number(entries?.revoked), ""),
    figure("Tenants overdue", number(status.tenants.overdue), "", status.tenants.overdue > 0 ? "overdue" : ""),
    figure("Malformed", number(entries?.malformed), "", entries?.malformed > 0 ? "failing" : ""),
  ];
  if (sample?.oldestLookAt) {
    shown.push(figure("Sample", age(now - sample.oldestLookAt), "age of its oldest part"));
  }
  return shown;
}

function showAges(status, sample, session) {
  const ages = sample?.ages ?? [];
  const most = Math.max(1, ...ages);
  const part = session.ttlMillis / Math.max(1, ages.length);
  const total = ages.reduce((sum, n) => sum + n, 0);
  const bars = svg("svg", { viewBox: "0 0 240 66", class: "bars", role: "img", "aria-label":
    "How old warm entries are: " + ages.map((n, i) => `${n} up to ${age((i + 1) * part)}`).join(", ") });
  ages.forEach((n, i) => {
    const height = Math.max(n > 0 ? 2 : 0, (60 * n) / most);
    bars.append(svg("rect", { x: 2 + i * 20, y: 64 - height, width: 16, height, class: i < ages.length / 2 ? "young" : "old" },
      svg("title", {}, `${n} up to ${age((i + 1) * part)} old`)));
  });
  bars.append(svg("line", { x1: 0, x2: 240, y1: 64.5, y2: 64.5, class: "axis" }));
  return el("div", {},
    el("p", {}, total === 0 ? "No warm entry was seen yet. " : `The oldest check is ${age(status.entries?.oldestAgeMillis)} old. `,
      "Entries are refreshed before half of their life is over."),
    bars,
    el("p", { class: "scale", "aria-hidden": "true" }, el("span", {}, "just checked"), el("span", {}, age(session.ttlMillis))));
}

function showQueues(status) {
  return table("Messages, about: SQS counts with a delay", ["Queue", "Waiting", "In flight", "Dead letters"],
    Object.entries(status.queues).map(([name, depth]) => [
      name,
      number(depth?.waiting),
      number(depth?.inFlight),
      depth === null ? "no answer"
        : depth.deadLetters > 0 ? el("a", { href: "#/queues", class: "failing-text" }, number(depth.deadLetters)) : "0",
    ]));
}

function showAsked(status) {
  return el("ul", { class: "asked" }, status.asked.map((check) =>
    el("li", { class: check.ok ? "good" : "bad" },
      el("strong", {}, check.ok ? "ok" : check.code), " ", check.name,
      check.ok ? null : el("span", { class: "reason" }, " ", check.reason.replace(check.code + ": ", "")))));
}

function showWorst(sample) {
  const worst = sample?.worst ?? [];
  if (worst.length === 0) {
    return el("p", {}, "No tenant that was looked at is cold, failing or overdue.");
  }
  return table("Among those that were looked at", ["Tenant", "State", "Failures"],
    worst.map((each) => [
      tenantLink(each.tenant),
      ["cold", "failing", "overdue"].filter((trait) => each[trait])
        .map((trait) => el("span", { class: "tag " + trait }, trait)),
      each.codes.join(", "),
    ]));
}

function showRecent(sample, now) {
  const recent = sample?.recent ?? [];
  if (recent.length === 0) {
    return el("p", {}, "No change is recorded in the entries that were looked at.");
  }
  return el("ol", { class: "timeline" }, recent.map((each) =>
    el("li", { class: each.what }, time(each.at, now), " ", el("span", { class: "tag " + each.what }, each.what), " ",
      tenantLink(each.tenant), " ", each.name, each.version === null ? "" : " version " + each.version)));
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** A plot over time, which is for the eye: the same numbers are beside it as text. */
function plot(names, unit, state) {
  const element = el("div", { class: "plot", "aria-hidden": "true" }, names.length === 1 ? el("small", {}, names[0] + ", over time") : null);
  let chart = null;
  let theme = null;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colours = ["--line-1", "--line-2", "--line-3"];
  const create = (data) => {
    const axis = () => ({ stroke: colour("--muted"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid"), width: 1 } });
    chart = new globalThis.uPlot({
      width: Math.max(200, element.clientWidth),
      height: 160,
      cursor: { show: false },
      legend: { show: names.length > 1, live: false },
      scales: { y: { range: (u, min, max) => [0, Math.max(1, max ?? 1)] } },
      axes: [{ ...axis(), values: (u, splits) => splits.map((at) => clock.format(at * 1000)) }, { ...axis(), size: 46, values: (u, values) => values.map((v) => number(v) + (unit === "s" ? " s" : "")) }],
      series: [{}, ...names.map((label, i) => ({ label, stroke: colour(colours[i]), width: 2, points: { show: false } }))],
    }, data, element);
  };
  new ResizeObserver(() => {
    if (chart && Math.abs(chart.width - element.clientWidth) > 1) {
      chart.setSize({ width: Math.max(200, element.clientWidth), height: 160 });
    }
  }).observe(element);
  return {
    element,
    update(points, values) {
      if (!globalThis.uPlot || element.clientWidth === 0) {
        return;
      }
      const columns = points.map(values);
      const data = [points.map((p) => p.at / 1000), ...names.map((_, i) => columns.map((c) => c[i]))];
      if (chart && theme !== state.theme) {
        chart.destroy();
        chart = null;
      }
      if (chart) {
        chart.setData(data);
      } else {
        theme = state.theme;
        create(data);
      }
    },
  };
}
