// report.mjs DIRECTORY: reads the suites' JSON files there and writes report.md and an SVG for each
// table that asks for a plot.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Warn, parse, View } from 'vega';
import { compile } from 'vega-lite';

const ORDER = ['callers', 'miss', 'starts', 'work', 'reader', 'small', 'node', 'scale'];
const COLOUR = '#4269d0';

/** The longest line of prose. */
const WIDTH = 120;

const directory = process.argv[2];
const results = readdirSync(directory)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(path.join(directory, file), 'utf8')))
  .sort((a, b) => ORDER.indexOf(a.suite) - ORDER.indexOf(b.suite));
if (results.length === 0) {
  console.error(`report: there are no results in ${directory}`);
  process.exit(1);
}

const sections = [];
for (const result of results) {
  sections.push(await section(result));
}
const file = path.join(directory, 'report.md');
writeFileSync(file, `${[head(), ...sections].join('\n\n')}\n`);
console.log(`report: ${file}`);

function head() {
  const lines = [
    '# Benchmarks',
    '',
    ...wrapped(
      'Written by `bench/run`. [docs/performance.md](../../docs/performance.md) says what is measured and how. Every figure is a median (least–most). *× floor* and *× peer* are ratios within the same run: where variants took turns, the median of the rounds’ own ratios.',
    ),
  ];
  if (results.some(({ smoke }) => smoke)) {
    lines.push('', '**This was a smoke run: it shows that everything runs, and its figures mean nothing.**');
  }
  return lines.join('\n');
}

async function section(result) {
  const parts = [`## ${result.title}`, machine(result)];
  if (result.goals.length > 0) {
    const rows = result.goals.map(({ text, value, bound, limit, met }) => [
      text,
      `${bound} ${number(limit)}`,
      number(value),
      met ? 'met' : '**missed**',
    ]);
    parts.push(markdown(['goal', 'limit', 'measured', ''], rows));
  }
  for (const table of result.tables) {
    parts.push(`### ${table.title}`, tableOf(table));
    if (table.plot) {
      const svg = `${result.suite}-${table.id}.svg`;
      writeFileSync(path.join(directory, svg), await draw(table));
      parts.push(`![${table.title}](${svg})`);
    }
  }
  for (const flame of result.flames ?? []) {
    const svg = `${result.suite}-${flame.id}.svg`;
    writeFileSync(path.join(directory, svg), await drawFlame(flame));
    parts.push(`### ${flame.title}`, `![${flame.title}](${svg})`);
  }
  if (result.notes.length > 0) {
    parts.push(result.notes.map((note) => wrapped(`- ${note}`, '  ').join('\n')).join('\n'));
  }
  return parts.join('\n\n');
}

function machine({ suite, machine: m }) {
  const what = [m.processor, `${m.processors} CPUs`, m.memory, m.architecture, m.system, m.java, m.node];
  return wrapped(
    `\`bench/run ${suite}\`, ${m.at}: ${what.filter(Boolean).join(', ')}; load ${number(m.load)} at the end.`,
  ).join('\n');
}

/** The lines of a paragraph. Those after the first begin with the indent. */
function wrapped(text, indent = '') {
  const lines = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent + word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function tableOf({ unit, floor, peer, rows }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row.columns)))];
  const head = ['', `${unit}`, ...(floor ? ['× floor'] : []), ...(peer ? ['× peer'] : []), ...columns];
  const body = rows.map((row) => [
    row.label + (row.id === floor ? ' (floor)' : '') + (row.id === peer ? ' (peer)' : ''),
    spread(row),
    ...(floor ? [ratio(row.perFloor)] : []),
    ...(peer ? [ratio(row.perPeer)] : []),
    ...columns.map((column) => cell(row.columns[column])),
  ]);
  return markdown(head, body);
}

function spread({ count, median, min, max }) {
  return count === 1 ? number(median) : `${number(median)} (${number(min)}–${number(max)})`;
}

function cell(value) {
  return value === undefined || value === null ? '–' : typeof value === 'number' ? number(value) : value;
}

function ratio(value) {
  return value === null || value === undefined ? '–' : number(value);
}

/** Three significant digits, whole numbers whole. */
function number(value) {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) {
    return Math.round(value).toLocaleString('en-US');
  }
  return Number(value.toPrecision(3)).toString();
}

function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

async function draw(table) {
  const spec = { line: lines, bars, timeline }[table.plot.kind](table);
  const { spec: vega } = compile(spec);
  const view = new View(parse(vega), { renderer: 'none', logLevel: Warn });
  return view.toSVG();
}

/** A flame graph: callers above callees, each as wide as its share. */
async function drawFlame({ nodes }) {
  const callers = new Map(nodes.map(({ id, caller }) => [id, caller]));
  const depth = (id) => (id === null ? 0 : 1 + depth(callers.get(id)));
  const height = 13 * Math.max(...nodes.map(({ id }) => depth(id)));
  const owners = ['Keepwarm', 'SDK', 'JDK', 'other', 'benchmark'];
  const width = 'datum.x1 - datum.x0';
  const box = { x: { field: 'x0' }, x2: { field: 'x1' }, y: { field: 'y0' }, y2: { field: 'y1' } };
  const spec = {
    $schema: 'https://vega.github.io/schema/vega/v6.json',
    background: 'white',
    width: 900,
    height,
    padding: 4,
    data: [
      {
        name: 'frames',
        values: nodes,
        transform: [
          { type: 'stratify', key: 'id', parentKey: 'caller' },
          { type: 'partition', field: 'own', sort: { field: 'value', order: 'descending' }, size: [900, height] },
        ],
      },
    ],
    scales: [
      { name: 'owner', type: 'ordinal', domain: owners, range: ['#4269d0', '#efb118', '#a9c1d9', '#dcdcdc', '#c9b8e8'] },
    ],
    legends: [{ fill: 'owner', orient: 'top', direction: 'horizontal' }],
    marks: [
      {
        type: 'rect',
        from: { data: 'frames' },
        encode: { enter: { ...box, fill: { scale: 'owner', field: 'owner' }, stroke: { value: 'white' }, strokeWidth: { value: 0.5 } } },
      },
      {
        type: 'text',
        from: { data: 'frames' },
        encode: {
          enter: {
            x: { field: 'x0', offset: 2 },
            y: { signal: '(datum.y0 + datum.y1) / 2' },
            baseline: { value: 'middle' },
            fontSize: { value: 9 },
            limit: { signal: `max(0, ${width} - 3)` },
            text: { signal: `${width} > 30 ? datum.name : ''` },
          },
        },
      },
    ],
  };
  return new View(parse(spec), { renderer: 'none', logLevel: Warn }).toSVG();
}

function bars({ unit, rows, plot }) {
  const values = rows.map(({ label, median, min, max }, i) => ({ label, median, min, max, i }));
  const scale = plot.log ? { type: 'log' } : { zero: true };
  const y = { field: 'label', type: 'nominal', sort: null, axis: { title: null, labelLimit: 400 } };
  const x = (field) => ({ field, type: 'quantitative', scale, axis: { title: unit, grid: true } });
  return base(values, {
    height: { step: 20 },
    layer: [
      // A bar has no zero to begin at on a logarithmic axis.
      plot.log
        ? { mark: { type: 'point', filled: true, size: 60, color: COLOUR }, encoding: { y, x: x('median') } }
        : { mark: { type: 'bar', color: COLOUR }, encoding: { y, x: x('median') } },
      { mark: { type: 'rule', color: '#1d1d1d' }, encoding: { y, x: x('min'), x2: { field: 'max' } } },
    ],
  });
}

function lines({ unit, rows, plot }) {
  const values = rows.map(({ label, median, min, max, columns }) => ({
    x: columns[plot.x],
    series: columns[plot.series] ?? '',
    label,
    median,
    min,
    max,
  }));
  const x = { field: 'x', type: 'quantitative', scale: { type: 'log' }, axis: { title: plot.x, format: '~s' } };
  const scale = plot.log ? { type: 'log' } : { zero: true };
  const y = (field) => ({ field, type: 'quantitative', scale, axis: { title: unit } });
  const colour = plot.series ? { color: { field: 'series', type: 'nominal', title: null } } : {};
  return base(values, {
    height: 160,
    layer: [
      { mark: { type: 'line', point: true, ...(plot.series ? {} : { color: COLOUR }) }, encoding: { x, y: y('median'), ...colour } },
      { mark: { type: 'rule' }, encoding: { x, y: y('min'), y2: { field: 'max' }, ...colour } },
    ],
  });
}

function timeline({ unit, rows, plot }) {
  const values = rows.map(({ label, columns }) => ({
    label,
    from: columns[plot.from],
    to: columns[plot.to],
    by: columns[plot.by],
  }));
  return base(values, {
    height: { step: 20 },
    mark: 'bar',
    encoding: {
      y: { field: 'label', type: 'nominal', sort: null, axis: { title: null, labelLimit: 400 } },
      x: { field: 'from', type: 'quantitative', axis: { title: unit, grid: true } },
      x2: { field: 'to' },
      color: { field: 'by', type: 'nominal', title: null, legend: { orient: 'top' } },
    },
  });
}

function base(values, rest) {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    width: 420,
    data: { values },
    ...rest,
  };
}
