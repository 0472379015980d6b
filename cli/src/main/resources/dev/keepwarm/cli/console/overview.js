// The overview: the wheel, counts, ages, queues, problems, recent changes.

import { el, svg, age, number, renew, time, tenantLink, table, figure } from "./dom.js";
import { ring, ringInWords } from "./ring.js";

const RUNBOOK = "https://github.com/keepwarm/keepwarm/blob/main/";

function section(id, title, ...content) {
  return el("section", { "aria-labelledby": id }, el("h2", { id }, title), ...content);
}

/** Builds the view; returns a function to call with each snapshot. */
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
  const alarms = el("div");
  const readers = el("div");
  const queuePlot = plot(["urgent", "changes", "due"], "", state);
  const agePlot = plot(["oldest check"], "s", state);
  const readPlot = plot(["near hits", "reads", "misses"], "", state);
  const lookupPlot = plot(["p50", "p99"], "ms", state);
  const readerPlots = el("div", { class: "columns" }, readPlot.element, lookupPlot.element);
  main.replaceChildren(
    el("h1", {}, "Overview"),
    section("h-problems", "Problems", problems, alarms),
    el("div", { class: "columns" },
      el("div", {},
        section("h-wheel", "Wheel", wheel, words),
        section("h-queues", "Queues", queues, queuePlot.element)),
      el("div", {},
        section("h-counts", "Credentials", counts),
        section("h-ages", "Freshness", ages, agePlot.element),
        section("h-asked", "Dependencies", asked))),
    section("h-readers", "Readers", readers, readerPlots),
    section("h-worst", "Tenants with problems", worst),
    section("h-recent", "Recent changes", recent),
  );
  return (snapshot) => {
    const { status, sample } = snapshot;
    const now = snapshot.at;
    renew(problems, showProblems(status, sample));
    renew(alarms, ...showAlarms(snapshot.alarms, now));
    renew(wheel, ...showSampleProblem(snapshot, now), ring(sample, status, state.session, now));
    renew(words.lastChild, ringInWords(sample, now));
    renew(counts, ...showCounts(status, sample, now));
    renew(ages, showAges(status, sample, state.session, now));
    renew(queues, showQueues(status, snapshot.oldest, snapshot.readers.at, now));
    renew(asked, showAsked(status, snapshot.answeredAt, now));
    renew(worst, showWorst(sample));
    renew(recent, showRecent(sample, state.session, now));
    renew(readers, ...showReaders(snapshot.readers, now));
    const points = filled(snapshot.readers);
    readerPlots.hidden = points.length === 0;
    readPlot.update(points, (p) => [p.nearHits, p.cacheReads, p.misses]);
    lookupPlot.update(points, (p) => [p.p50, p.p99]);
    queuePlot.update(state.points, (p) => [p.urgent, p.changes, p.due]);
    agePlot.update(state.points, (p) => [p.oldestAgeMillis === null ? null : p.oldestAgeMillis / 1000]);
  };
}

function showProblems(status, sample) {
  if (status.problems.length === 0) {
    // Until all tenants were checked, one of the others may be cold.
    return sample?.complete
      ? el("p", { class: "good" }, "Nothing is wrong.")
      : el("p", {}, "Nothing is wrong in the part that was checked so far.");
  }
  return el("ul", { class: "problems" }, status.problems.map((problem) =>
    el("li", { class: problem.code === "UNHEALTHY" ? "warn" : "bad" },
      el("strong", {}, problem.code), " ", problem.what,
      problem.runbook ? el("span", {}, " ", el("a", { href: RUNBOOK + problem.runbook, rel: "noreferrer", target: "_blank" },
        "what to do")) : null)));
}

/** Why the wheel cannot be read, and how old the shown data is. */
function showSampleProblem(snapshot, now) {
  return snapshot.sampleProblem === null ? []
    : [el("p", { class: "bad" }, "The wheel and its entries cannot be read: " + snapshot.sampleProblem,
        snapshot.sampleAt === null ? "" : `. The page shows data from ${age(now - snapshot.sampleAt)} ago.`)];
}

function showCounts(status, sample, now) {
  const entries = status.entries;
  const partial = sample !== null && !sample.complete;
  const of = partial ? ` in ${number(sample.tenantsSeen)} tenants checked` : "";
  const shown = [
    figure("Enrolled tenants", number(sample?.tenants), partial ? "about, from a sample" : ""),
    figure("Credentials", number(sample?.credentials), partial ? "about" : ""),
    figure("Warm", number(entries?.warm), (entries === null ? "" : number(entries.due) + " of them due") + of, "warm"),
    ...(entries?.freshUntil ? [figure("Vouched for", number(entries.vouchedFor),
      `by freshness records, for ${age(entries.freshUntil - now)} or longer`)] : []),
    figure("Cold", number(entries?.cold), of, entries?.cold > 0 ? "cold" : ""),
    figure("Failed", number(entries?.failed),
      entries === null ? "" : Object.entries(entries.failures).map(([code, n]) => n + " " + code).join(", "),
      entries?.failed > 0 ? "failing" : ""),
    figure("Revoked", number(entries?.revoked), ""),
    figure("Idle tenants", number(sample?.idle), sample?.idle === null ? ["needs KEEPWARM_", el("wbr"), "IDLE_AFTER"] : "unused, will soon leave the wheel"),
    figure("Tenants cold", number(status.tenants.cold), status.tenants.cold > 0 ? "a cold entry, or no entry yet" : "",
      status.tenants.cold > 0 ? "cold" : ""),
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
    el("p", {}, total === 0 ? "No warm entry was seen yet. " : status.entries === null ? "The last known state. " : `The oldest check is ${age(status.entries?.oldestAgeMillis)} old. `,
      "Entries are refreshed before half of their life is over."),
    bars,
    el("p", { class: "scale", "aria-hidden": "true" }, el("span", {}, "just checked"), el("span", {}, age(session.ttlMillis))));
}

function showQueues(status, oldest, oldestAt, now) {
  const old = (name, which) => age(oldest?.[name]?.[which] ?? null);
  return table("Messages, about: SQS counts with a delay"
    + (oldest ? `. The age of the oldest is from CloudWatch, ${age(now - oldestAt)} ago` : ""),
    ["Queue", "Waiting", "In flight", ...(oldest ? ["Oldest"] : []), "Dead letters", ...(oldest ? ["Oldest"] : [])],
    Object.entries(status.queues).map(([name, depth]) => [
      name,
      number(depth?.waiting),
      number(depth?.inFlight),
      ...(oldest ? [old(name, "queueMillis")] : []),
      depth === null ? "no answer"
        : depth.deadLetters > 0 ? el("a", { href: "#/queues", class: "failing-text" }, number(depth.deadLetters)) : "0",
      ...(oldest ? [old(name, "deadLettersMillis")] : []),
    ]));
}

/** CloudWatch's alarms: those that are on, and the number of all. */
function showAlarms(alarms, now) {
  if (!alarms) {
    return [];
  }
  const problem = alarms.problem ? el("p", { class: "bad" }, "The alarms cannot be read: " + alarms.problem) : null;
  if (alarms.at === null) {
    return [problem].filter((part) => part !== null);
  }
  const bad = alarms.all.filter((alarm) => alarm.state === "alarm");
  return [
    problem,
    el("p", {}, bad.length === 0 ? `None of ${alarms.all.length} alarms is on` : `${bad.length} of ${alarms.all.length} alarms are on`,
      el("span", { class: "muted" }, `, according to CloudWatch ${age(now - alarms.at)} ago.`)),
    bad.length === 0 ? null : el("ul", { class: "problems" }, bad.map((alarm) =>
      el("li", { class: "bad" }, el("strong", {}, alarm.name), alarm.since === null ? "" : [", since ", time(alarm.since, now)], " ",
        el("a", { href: RUNBOOK + alarm.runbook, rel: "noreferrer", target: "_blank" }, "what to do")))),
  ].filter((part) => part !== null);
}

/** A point for every period; a gap if no reader printed metrics in it. */
function filled(readers) {
  const points = readers?.points ?? [];
  const all = [];
  for (const point of points) {
    const last = all.at(-1);
    if (last && point.at - last.at > readers.periodMillis) {
      all.push({ at: last.at + readers.periodMillis, nearHits: null, cacheReads: null, misses: null, p50: null, p99: null });
    }
    all.push(point);
  }
  return all;
}

/** The metrics of readers, if they print them and the endpoint collects them. */
function showReaders(readers, now) {
  const how = ["Readers print their metrics when your function calls ", el("code", {}, "printMetrics"), ", in Java and in Node; "
    + "the Lambda extension if ", el("code", {}, "KEEPWARM_EXTENSION_METRICS"), " is set. "];
  if (!readers.collected) {
    return [el("p", {}, "The metrics of readers are not collected here: this endpoint has no CloudWatch. "
      + "Readers of functions that keepwarm local runs, and those of keepwarm demo, are shown by the console that these commands start.")];
  }
  const problem = readers.problem ? el("p", { class: "bad" }, "The metrics of readers cannot be read: " + readers.problem) : null;
  if (readers.points === null) {
    return [problem ?? el("p", {}, "Loading …")];
  }
  const span = age(readers.spanMillis);
  if (readers.points.length === 0) {
    return [problem ?? el("p", {}, `No reader has printed metrics in the last ${span}. `, how)];
  }
  const { sums } = readers;
  const latest = readers.points.findLast((point) => point.p99 !== null);
  const share = sums.cacheReads > 0 ? ((100 * sums.misses) / sums.cacheReads).toFixed(1) + " % of reads" : "";
  const millis = (value) => value >= 100 ? number(Math.round(value)) + " ms" : value.toFixed(1) + " ms";
  const trouble = [["outages", "Outages"], ["timeouts", "Timeouts"], ["tampered", "Tampered"], ["rejections", "Rejected"]]
    .filter(([name]) => sums[name] > 0)
    .map(([name, title]) => figure(title, number(sums[name]), "", "failing"));
  return [
    ...(problem === null ? [] : [problem]),
    el("p", { class: "muted" }, `Metrics of all readers in the last ${span}, as of ${age(now - readers.at)} ago.`),
    el("dl", { class: "figures" },
      figure("Near hits", number(sums.nearHits), "no request", "warm"),
      figure("Reads", number(sums.cacheReads), "of the cache table"),
      figure("Misses", number(sums.misses), share, sums.misses > 0 ? "cold" : ""),
      figure("Resolves", number(sums.resolves), ""),
      ...(latest ? [
        figure("Lookups, p50", millis(latest.p50), age(now - latest.at) + " ago"),
        figure("Lookups, p99", millis(latest.p99), "without near hits"),
      ] : [figure("Lookups", "–", "printed by newer readers")]),
      ...trouble),
  ];
}

/** Each dependency: whether it responds, and when it last did. */
function showAsked(status, answeredAt, now) {
  const since = (check) => answeredAt[check.name] === null ? "no response yet" : age(now - answeredAt[check.name]) + " ago";
  return el("ul", { class: "asked" }, status.asked.map((check) => {
    const name = el("strong", {}, check.ok ? "ok" : check.code ?? "waiting");
    if (check.code === null) {
      return el("li", { class: check.ok ? "good" : "muted" }, name, " ", check.name, el("span", { class: "reason" }, ", ", since(check)));
    }
    return el("li", { class: "bad" }, name, " ", check.name,
      el("span", { class: "reason" }, " ", check.reason.replace(check.code + ": ", ""),
        "; ", answeredAt[check.name] === null ? "" : "last response ", since(check)));
  }));
}

function showWorst(sample) {
  const worst = sample?.worst ?? [];
  if (worst.length === 0) {
    return el("p", {}, "No tenant that was checked is cold, failing or overdue.");
  }
  return table("Among the tenants that were checked", ["Tenant", "State", "Failures"],
    worst.map((each) => [
      tenantLink(each.tenant),
      ["cold", "failing", "overdue"].filter((trait) => each[trait])
        .map((trait) => el("span", { class: "tag " + trait }, trait)),
      each.codes.join(", "),
    ]));
}

/** When the result of a change was stored, and from when on no reader serves the old value. */
function showSteps(change, session, now) {
  if (change.what === "failed") {
    return null;
  }
  if (change.storedBy === null) {
    return el("span", { class: "steps" }, "→ not stored yet");
  }
  const readers = change.storedBy + session.nearTtlMillis;
  // If the entry was checked long after the change, a refresh has stored it again since.
  const known = change.storedBy - change.at <= session.ttlMillis / 3;
  return el("span", { class: "steps" },
    "→ stored", known ? [" ", time(change.storedBy, now)] : "",
    now < readers ? ["→ readers: all ", time(readers, now), " at the latest"]
      : ["→ seen by all readers", known ? [", ", time(readers, now), " at the latest"] : ""]);
}

function showRecent(sample, session, now) {
  const recent = sample?.recent ?? [];
  if (recent.length === 0) {
    return el("p", {}, "The entries that were checked record no change.");
  }
  return el("div", {},
    el("ol", { class: "timeline", tabindex: "0", "aria-label": "Recent changes, the latest first" }, recent.map((each) =>
      el("li", { class: each.what }, time(each.at, now), " ", el("span", { class: "tag " + each.what }, each.what), " ",
        tenantLink(each.tenant), " ", each.name, each.version === null ? "" : " version " + each.version, " ",
        showSteps(each, session, now)))),
    el("p", { class: "muted" }, "Keepwarm does not record which reader has read what. But a reader that reaches the cache table "
      + `serves its near entries for at most ${age(session.nearTtlMillis)} (KEEPWARM_NEAR_TTL). After that, each has seen the change.`));
}

/**
 * The width of the widest label, because a fixed size cuts off large numbers. Labels have uPlot's
 * font of 12 pixels.
 */
function room(chart, labels) {
  return Math.max(40, 18 + 7.5 * Math.max(0, ...(labels ?? []).map((label) => label.length)));
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/**
 * A plot over time. It is hidden from screen readers, because the same numbers are beside it as
 * text.
 */
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
      // Some room above the highest value, because a line on the edge is cut in half.
      scales: { y: { range: (u, min, max) => [0, Math.max(1, 1.08 * (max ?? 1))] } },
      axes: [{ ...axis(), space: 70, values: (u, splits, axis, space, seconds) => splits.map((at) => (seconds < 60 ? clockWithSeconds : clock).format(at * 1000)) }, { ...axis(), size: room, values: (u, values) => values.map((v) => number(v) + (unit ? " " + unit : "")) }],
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
