// Runs the example's function in both forms on the embedded stack, with figures and checks. Exits with 0 only
// if every request was right, and none failed during the rotation.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Clients } from './clients.mjs';
import { NAMES, startWorld } from './world.mjs';

const USAGE = 'usage: run [--rounds N] [--requests N] [--json FILE]';
const TENANTS = ['acme', 'globex', 'initech', 'umbrella'];
const ROTATED = TENANTS[0];
const PARALLEL = 3;

const options = parsed();
const checks = [];
const check = (name, ok, detail) => checks.push({ name, ok, detail });
const say = (line) => console.log(line);

const closing = [];
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    await close();
    process.exit(130);
  });
}
let world;
try {
  world = await startWorld(TENANTS, say, closing);
  const figures = await measure();
  const rotation = await rotateInTraffic();
  report(figures, rotation);
} finally {
  await close();
}
process.exitCode = checks.every(({ ok }) => ok) ? 0 : 1;

async function close() {
  for (let last = closing.pop(); last !== undefined; last = closing.pop()) {
    await last();
  }
}

/**
 * Cold starts and warm requests of both forms, by turns, so that other load on the machine affects both
 * equally.
 */
async function measure() {
  const clients = new Clients(world, 'measured');
  const kinds = ['before', 'after'];
  const figures = Object.fromEntries(
    kinds.map((kind) => [kind, { cold: [], decryptorCold: [], warm: [] }]),
  );
  say(`Starting both forms cold, ${options.rounds} times each`);
  for (let round = 0; round < options.rounds; round++) {
    for (const kind of kinds) {
      const client = clients.next(kind, TENANTS[round % TENANTS.length]);
      await world.restart('legacy-decryptor');
      await world.restart(kind);
      figures[kind].cold.push(await client.create());
      await world.restart('legacy-decryptor');
      figures[kind].decryptorCold.push(await client.update());
      await client.delete();
    }
  }
  say(`Sending ${options.requests} requests to each, warm`);
  const warm = kinds.map((kind) => clients.next(kind, TENANTS[1]));
  const steps = ['create', 'update', 'delete'];
  for (let i = 0; i < options.requests; i++) {
    for (const client of warm) {
      figures[client.kind].warm.push(await client[steps[i % 3]]());
    }
  }
  check(
    'every deposit is at both services as asked',
    clients.wrong.length === 0,
    clients.summary(),
  );
  check('no service refused a credential', refusals() === 0, `${refusals()} refused`);
  return figures;
}

/**
 * Rotates both of a tenant's credentials while requests for it come in, and tells Keepwarm only
 * some time afterwards: the worst order, because until then the cache has the old values.
 */
async function rotateInTraffic() {
  const clients = new Clients(world, 'rotating');
  say(`Rotating both credentials of ${ROTATED} in the middle of traffic`);
  let going = true;
  const traffic = Array.from({ length: PARALLEL }, async () => {
    const client = clients.next('after', ROTATED);
    while (going) {
      await client.create();
      await client.update();
      await client.delete();
    }
  });
  const reached = (count) => clients.reached(count);
  await reached(60);
  const before = clients.requests;
  for (const name of NAMES) {
    await world.rotate(ROTATED, name, 2);
  }
  await reached(before + 60);
  const refused = refusals();
  await world.announce(ROTATED);
  await reached(clients.requests + 30);
  going = false;
  await Promise.all(traffic);
  const later = refusals();
  await world.restart('after');
  const fresh = clients.next('after', ROTATED);
  await fresh.create();
  await fresh.delete();

  check('no request failed during the rotation', clients.wrong.length === 0, clients.summary());
  check('the services refused what was rotated', refused > 0, `${refused} refused`);
  check(
    'once it was announced, the cache had the new values',
    refusals() === later,
    'none refused from a fresh process',
  );
  return { requests: clients.requests, refused };
}

function refusals() {
  return Object.values(world.services).reduce((sum, service) => sum + service.refusals(), 0);
}

function report(figures, rotation) {
  const rows = [
    ['caller and decryptor cold', 'cold'],
    ['decryptor cold, caller warm', 'decryptorCold'],
    ['both warm', 'warm'],
  ];
  say('');
  say('One request: two credentials, two services    before: awaits      after: reads');
  say('                                            the decryptor         the cache');
  for (const [label, key] of rows) {
    for (const [name, q] of [['p50', 0.5], ...(key === 'warm' ? [['p99', 0.99]] : [])]) {
      const cells = ['before', 'after'].map((kind) =>
        `${quantile(figures[kind][key], q).toFixed(1)} ms`.padStart(18),
      );
      say(`  ${label.padEnd(30)} ${name}  ${cells.join('')}`);
    }
  }
  say('');
  for (const { ok, name, detail } of checks) {
    say(`${ok ? 'ok  ' : 'FAIL'} ${name} (${detail})`);
  }
  if (options.json !== undefined) {
    const millis = Object.fromEntries(
      Object.entries(figures).map(([kind, byKey]) => [
        kind,
        Object.fromEntries(
          Object.entries(byKey).map(([key, all]) => [
            key,
            { count: all.length, p50: quantile(all, 0.5), p99: quantile(all, 0.99) },
          ]),
        ),
      ]),
    );
    writeFileSync(options.json, `${JSON.stringify({ millis, rotation, checks }, null, 2)}\n`);
  }
}

function quantile(all, q) {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

function parsed() {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: 'string', default: '7' },
        requests: { type: 'string', default: '300' },
        json: { type: 'string' },
      },
    });
    const rounds = Number(values.rounds);
    const requests = Number(values.requests);
    if (![rounds, requests].every((n) => Number.isInteger(n) && n >= 1 && n <= 10_000)) {
      throw new Error('N is 1 to 10000');
    }
    return { rounds, requests, json: values.json };
  } catch (error) {
    console.error(`${error.message}; ${USAGE}`);
    process.exit(2);
  }
}
