// Prints, from one run on one set of local endpoints: cold start, read of the table, and read of
// the own cache, of our reader and of the alternatives that a user would choose. `--json FILE` keeps figures,
// as all suites do; `--smoke` shows that everything runs, with figures that mean nothing.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { buildSync } from 'esbuild';
import { storeVouched } from './vouched.mjs';

const smoke = process.argv.includes('--smoke');
/** Measures only the starts, without the reads, to see the cost of connecting in a minute or two. */
const onlyStarts = process.argv.includes('--starts');
const COLD_STARTS = smoke ? 2 : 20;
/** The number of rounds, and of reads of each kind in a round; the first rounds only warm up. */
const WARM_UP = smoke ? 1 : 10;
const ROUNDS = smoke ? 2 : 25;
const FRESH = 200;
const CACHED = 50_000;

const VARIANTS = [
  ['node', 'Node alone'],
  ['floor', 'floor: one GetItem of the entry, signed by hand, nothing unsealed'],
  ['floor-kms', 'GetItem, KMS Decrypt and AES-GCM by hand, nothing checked'],
  ['keepwarm', '@keepwarm/reader'],
  ['vouched', '@keepwarm/reader, with a freshness record'],
  ['sdk', 'AWS SDK: GetItem, KMS Decrypt, unseal'],
  ['powertools', 'Powertools parameters, DynamoDB, in clear'],
  ['middy', 'middy secrets-manager'],
];

/** The endpoints that can also be reached over TLS. */
const TLS = ['DYNAMODB', 'KMS', 'SECRETS_MANAGER'].map((name) => `AWS_ENDPOINT_URL_${name}`);

/** The mode of a process, and whether it uses TLS. */
const STARTS = [
  ['cold', false],
  ['coldTls', true],
  ['firstTls', true],
];

/** These only start. */
const STARTS_ONLY = ['node', 'floor-kms'];

const PEERS = ['sdk', 'powertools', 'middy'];

const here = import.meta.dirname;
const root = path.resolve(here, '../..');
const out = path.join(here, 'build');
const value = randomBytes(128).toString('hex');

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const [name] of VARIANTS) {
  buildSync({
    entryPoints: [path.join(here, 'variants', `${name}.mjs`)],
    outfile: path.join(out, `${name}.cjs`),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    alias: { '@keepwarm/reader': path.join(root, 'cache-reader/node/dist/index.js') },
    logLevel: 'error',
  });
}

const profiles = path.join(out, 'profiles.json');
writeFileSync(
  profiles,
  '{"profiles":{"bench":{"scheme":"kms","encryptionContext":{"app":"bench"}}}}',
);
const stack = spawn(
  path.join(root, 'keepwarm'),
  ['local', '--profiles', profiles, '--tick', '3600'],
  {
    env: { ...process.env, KEEPWARM_TTL: '6h' },
    stdio: ['ignore', 'pipe', 'ignore'],
  },
);
const secrets = http.createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end(JSON.stringify({ Name: 'value', SecretString: value })));
});
let front;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stack.kill('SIGTERM');
    process.exit(1);
  });
}
try {
  secrets.listen(0, '127.0.0.1');
  await once(secrets, 'listening');
  const env = {
    ...process.env,
    ...(await exportsOf(stack)),
    BENCH_TABLE: 'bench',
    BENCH_VALUE: value,
  };
  // The SDK prints a warning about this version of Node in every process.
  env.NODE_NO_WARNINGS = '1';
  env.AWS_ENDPOINT_URL_SECRETS_MANAGER = `http://127.0.0.1:${secrets.address().port}`;
  Object.assign(process.env, env);
  await store();
  front = spawn(
    process.execPath,
    [path.join(here, 'tls.mjs'), out, ...TLS.map((service) => `${service}=${env[service]}`)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [addresses] = await once(createInterface({ input: front.stdout }), 'line');
  const secure = {
    ...env,
    ...JSON.parse(addresses),
    NODE_EXTRA_CA_CERTS: path.join(out, 'tls.pem'),
    // As in a Lambda function, where our reader connects ahead.
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
  };
  report(await measure(env, secure));
} finally {
  front?.stdin.end();
  secrets.close();
  secrets.closeAllConnections();
  stack.kill('SIGTERM');
}

/** Runs all variants by turns, so that other load on the machine affects all of them equally. */
async function measure(env, secure) {
  const results = Object.fromEntries(
    VARIANTS.map(([name]) => [
      name,
      { cold: [], coldTls: [], firstTls: [], fresh: [], cached: [] },
    ]),
  );
  const names = VARIANTS.map(([name]) => name);
  for (let round = -1; round < COLD_STARTS; round++) {
    for (const [kind, byTls] of STARTS) {
      for (const name of turned(names, round)) {
        const ms = await (kind.startsWith('cold') ? coldStart : firstRead)(name, byTls ? secure : env);
        if (round >= 0) {
          results[name][kind].push(ms);
        }
      }
    }
  }
  if (onlyStarts) {
    return results;
  }
  const readers = names
    .filter((name) => !STARTS_ONLY.includes(name))
    .map((name) => reader(name, env));
  // One kind after the other, so that garbage from many cached reads is not collected during reads of the
  // table.
  for (const [kind, count] of Object.entries({ fresh: FRESH, cached: CACHED })) {
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const { name, ask } of turned(readers, round)) {
        const figures = await ask(`${kind} ${count}`);
        if (round >= 0) {
          results[name][kind].push(figures);
        }
      }
    }
  }
  for (const { stop } of readers) {
    await stop();
  }
  return results;
}

/** Shuffles, so that no variant is always first. */
function turned(all, by) {
  const from = ((by % all.length) + all.length) % all.length;
  return [...all.slice(from), ...all.slice(0, from)];
}

/** Milliseconds from the start of a process to its first credential. */
async function coldStart(name, env) {
  const begun = performance.now();
  const child = spawn(process.execPath, [path.join(out, `${name}.cjs`), 'cold'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [first] = await Promise.race([once(child.stdout, 'data'), exited]);
  const ms = performance.now() - begun;
  child.kill();
  await exited;
  if (!Buffer.isBuffer(first)) {
    throw new Error(`${name}, cold: exit code ${first}`);
  }
  return ms;
}

/** Milliseconds of the first read of a process that has loaded its modules and made its clients. */
async function firstRead(name, env) {
  const child = spawn(process.execPath, [path.join(out, `${name}.cjs`), 'first'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const ended = Promise.race([exited, once(child.stdout, 'end')]);
  await Promise.race([once(child.stdout, 'data'), ended]);
  const begun = performance.now();
  child.stdin.write('\n');
  const [first] = await Promise.race([once(child.stdout, 'data'), ended]);
  const ms = performance.now() - begun;
  child.kill();
  const [code] = await exited;
  if (!Buffer.isBuffer(first)) {
    throw new Error(`${name}, first read: exit code ${code}`);
  }
  return ms;
}

/** A process that reads on request, and prints how long that took. */
function reader(name, env) {
  const child = spawn(process.execPath, [path.join(out, `${name}.cjs`), 'rounds'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name,
    ask: async (what) => {
      child.stdin.write(`${what}\n`);
      const { value, done } = await answers.next();
      if (done) {
        throw new Error(`${name}, ${what}: exit code ${(await exited)[0]}`);
      }
      return JSON.parse(value);
    },
    stop: async () => {
      child.stdin.end();
      child.kill();
      await exited;
    },
  };
}

/** Makes a sealed entry with the source and the resolver, one with a record, and the same value in clear. */
async function store() {
  const dynamodb = new DynamoDBClient({});
  const kms = new KMSClient({});
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({
      KeyId: process.env.KEEPWARM_KMS_KEY,
      Plaintext: Buffer.from(value),
      EncryptionContext: { app: 'bench' },
    }),
  );
  await dynamodb.send(
    new PutItemCommand({
      TableName: process.env.KEEPWARM_SOURCE_TABLE,
      Item: {
        tenant: { S: 'bench' },
        name: { S: 'value' },
        profile: { S: 'bench' },
        ciphertext: { S: Buffer.from(CiphertextBlob).toString('base64') },
        version: { N: '1' },
      },
    }),
  );
  await dynamodb.send(
    new CreateTableCommand({
      TableName: process.env.BENCH_TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await dynamodb.send(
    new PutItemCommand({
      TableName: process.env.BENCH_TABLE,
      Item: { id: { S: 'value' }, value: { S: value } },
    }),
  );
  const id = { tenant: 'vouched', name: 'value' };
  await storeVouched({ dynamodb, kms, id, value, build: out });
  const { createReader } = await import('../../cache-reader/node/dist/index.js');
  const reader = createReader({ deadline: '30s' });
  await reader.get('bench', 'value');
  reader.close();
}

function report(results) {
  const of = (name, kind) => results[name].fresh.map((round) => round[kind]);
  const rows = VARIANTS.map(([name, what]) => {
    const { cold, coldTls, firstTls, fresh, cached } = results[name];
    const figure = (all) => ({ median: median(all), min: Math.min(...all), max: Math.max(...all) });
    const hasCache = cached.some(({ mean }) => mean !== undefined);
    return {
      name,
      what,
      coldMs: figure(cold),
      coldToFloor: ratio(cold, results.floor.cold),
      coldTlsMs: figure(coldTls),
      coldTlsToFloor: ratio(coldTls, results.floor.coldTls),
      firstTlsMs: figure(firstTls),
      ...(fresh.length > 0 && {
        freshP50Micros: figure(of(name, 'p50')),
        freshP99Micros: figure(of(name, 'p99')),
        freshCpuMicros: figure(of(name, 'cpu')),
        freshToFloor: ratio(of(name, 'p50'), of('floor', 'p50')),
      }),
      ...(hasCache && { cachedMicros: figure(cached.map(({ mean }) => mean)) }),
      bundleKb: statSync(path.join(out, `${name}.cjs`)).size / 1024,
    };
  });
  const n = (value, digits = 0) => (value === undefined ? '–' : value.toFixed(digits));
  const spread = (value, digits) =>
    value === undefined
      ? '–'
      : `${n(value.median, digits)} (${n(value.min, digits)}–${n(value.max, digits)})`;
  console.log(
    '| | cold start, ms | × floor | over TLS, ms | × floor | first read over TLS, ms | read of the table, µs | × floor | p99 | CPU µs | own cache, µs | bundle KB |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const row of rows) {
    const cells = [
      row.what,
      spread(row.coldMs),
      n(row.coldToFloor, 2),
      spread(row.coldTlsMs),
      n(row.coldTlsToFloor, 2),
      spread(row.firstTlsMs, 1),
      spread(row.freshP50Micros),
      n(row.freshToFloor, 2),
      n(row.freshP99Micros?.median),
      n(row.freshCpuMicros?.median),
      n(row.cachedMicros?.median, 2),
      n(row.bundleKb),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  for (const [kind, what] of [
    ['cold', 'over HTTP'],
    ['coldTls', 'over TLS'],
  ]) {
    const { peer, value } = aboveNode(results, kind);
    const byHand = aboveNode(results, kind, 'floor-kms').value;
    console.log(
      `\nabove Node alone, ${what}: ${n(value, 2)} of ${peer}'s; by hand ${n(byHand, 2)}`,
    );
  }
  for (const kind of ['cold', 'coldTls', 'firstTls', ...(onlyStarts ? [] : ['fresh'])]) {
    console.log(`with a freshness record, ${kind}: ${n(withRecord(results, kind), 2)} of without`);
  }
  const machine = `Node ${process.version}, ${os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)}`;
  console.log(
    `\n${machine}; medians (least–most) of ${COLD_STARTS} cold starts and of ${ROUNDS} rounds of ${FRESH} reads, by turns.`,
  );
  const file = process.argv.indexOf('--json');
  if (file > 0) {
    const target = process.argv[file + 1];
    writeFileSync(`${target}.part`, `${JSON.stringify(toResult(results, rows), null, 2)}\n`);
    renameSync(`${target}.part`, target);
  }
}

/** What `bench/results` has of every suite. */
function toResult(results, rows) {
  const kb = Object.fromEntries(rows.map(({ name, bundleKb }) => [name, bundleKb]));
  const cold = table('cold', 'Cold start: from the start of a process to its first credential', 'ms', {
    samples: (name) => results[name].cold,
    columns: (name) => ({ 'bundle KB': kb[name] }),
    floor: 'floor',
    plot: { kind: 'bars', log: false },
  });
  const coldTls = table('coldTls', 'The same over TLS 1.3', 'ms', {
    samples: (name) => results[name].coldTls,
    columns: () => ({}),
    floor: 'floor',
    plot: { kind: 'bars', log: false },
  });
  const firstTls = table('firstTls', 'First read over TLS of a process that is there already', 'ms', {
    samples: (name) => results[name].firstTls,
    columns: () => ({}),
    floor: 'floor',
  });
  const fresh = table('fresh', 'A read of the table, past the own cache', 'µs', {
    samples: (name) => results[name].fresh.map(({ p50 }) => p50),
    columns: (name) => ({
      'p99 µs': median(results[name].fresh.map(({ p99 }) => p99)),
      'CPU µs': median(results[name].fresh.map(({ cpu }) => cpu)),
    }),
    floor: 'floor',
    plot: { kind: 'bars', log: false },
  });
  const cached = table('cached', 'A read of the own cache', 'µs', {
    samples: (name) =>
      results[name].cached.map(({ mean }) => mean).filter((mean) => mean !== undefined),
    columns: () => ({}),
  });
  const row = ({ rows: all }, id) => all.find((one) => one.id === id);
  const best = bestPeer(results, 'cold');
  return {
    suite: 'node',
    title: 'The Node reader',
    smoke,
    machine: describe(),
    tables: [cold, coldTls, firstTls, fresh, cached],
    goals: [
      goal('cold start, × floor', row(cold, 'keepwarm').perFloor, 1.3),
      goal(
        `cold start, × the best peer's (${best})`,
        ratio(results.keepwarm.cold, results[best].cold),
        0.5,
      ),
      ...[
        ['cold', 'HTTP'],
        ['coldTls', 'TLS'],
      ].map(([kind, how]) => {
        const { peer, value } = aboveNode(results, kind);
        return goal(`cold start over ${how} above Node alone, × the best peer's (${peer})`, value, 0.3);
      }),
      ...[
        ['cold', 'cold start'],
        ['firstTls', 'first read over TLS'],
        ['fresh', 'read of the table'],
      ].map(([kind, what]) =>
        goal(`${what} with a freshness record, × one without`, withRecord(results, kind), 1.1),
      ),
      goal('near hit, µs', row(cached, 'keepwarm').median, 2),
      goal('read of the table, × floor', row(fresh, 'keepwarm').perFloor, 1.15),
    ],
    notes: [
      'Where TLS is not mentioned, everything uses plain HTTP on loopback. [bench/node/README.md](../node/README.md) says what each variant does.',
    ],
  };
}

function bestPeer(results, kind) {
  return PEERS.reduce((a, b) => (median(results[a][kind]) <= median(results[b][kind]) ? a : b));
}

/** The time that a variant adds to the start of Node, relative to the time that the best peer adds. */
function aboveNode(results, kind, name = 'keepwarm') {
  const peer = bestPeer(results, kind);
  const above = (one) => results[one][kind].map((ms, i) => ms - results.node[kind][i]);
  return { peer, value: median(above(name)) / median(above(peer)) };
}

/** What a freshness record costs: the time with one relative to the time without. */
function withRecord(results, kind) {
  const of = (name) => results[name][kind].map((one) => one.p50 ?? one);
  return ratio(of('vouched'), of('keepwarm'));
}

/** A table of the variants that have samples. */
function table(id, title, unit, { samples, columns, floor = null, plot = null }) {
  const rows = VARIANTS.filter(([name]) => samples(name).length > 0).map(([name, label]) => {
    const all = samples(name);
    return {
      id: name,
      label,
      count: all.length,
      median: median(all),
      min: Math.min(...all),
      max: Math.max(...all),
      perFloor: floor && ratio(all, samples(floor)),
      perPeer: null,
      columns: columns(name),
      samples: all,
    };
  });
  return { id, title, unit, floor, peer: null, plot, rows };
}

function goal(text, value, limit) {
  return { text, value, bound: 'at most', limit, met: value <= limit };
}

function describe() {
  const [memory] = readFileSync('/proc/meminfo', 'utf8').match(/(?<=^MemTotal:\s+).*/m) ?? [];
  return {
    at: new Date().toISOString().replace(/\.\d+/, ''),
    processors: os.cpus().length,
    processor: os.cpus()[0].model,
    memory,
    architecture: os.arch(),
    system: `${os.type()} ${os.release()}`,
    node: `Node ${process.version}`,
    load: os.loadavg()[0],
  };
}

function median(all) {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
}

/** The median of the rounds' own ratios, so that a slow round counts for both. */
function ratio(all, others) {
  return median(all.map((value, i) => value / others[i]));
}

async function exportsOf(child) {
  const env = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, text] = /^export (\w+)='(.*)'$/.exec(line) ?? [];
    if (name !== undefined) {
      env[name] = text;
    } else if (line.startsWith('# Ready')) {
      child.stdout.resume();
      return env;
    }
  }
  throw new Error('the stack did not start');
}
