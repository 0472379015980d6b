import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Credential, CredentialRejected, createReader, type ReaderOptions } from '../src/index.js';
import keepwarm from '../src/middy.js';
import { settingsOf } from '../src/settings.js';
import { CREDENTIALS } from './support/aws.js';
import { until } from './support/until.js';
import { World, withCode } from './support/world.js';

const ID = { tenant: 'acme', name: 'db' };

test('anIdIsOneObjectOrTwoTexts', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  assert.equal((await reader.get(ID)).text(), 'secret');
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  assert.equal(await reader.withCredential(ID, (one) => one.text()), 'secret');
  assert.equal(await reader.withCredential('acme', 'db', (one) => one.text()), 'secret');
  reader.forget(ID);
  await reader.invalidate(ID);
  await reader.invalidate('acme', 'db');
  await assert.rejects(reader.get({ ...ID, name: 'not allowed' }), withCode('INVALID_ID'));
});

test('maxAgeAndForceFetchReadTheTableAndNotAnOutagesLeftovers', async (t) => {
  const world = await World.of(t);
  world.put('one');
  const reader = world.reader();
  await reader.get(ID);
  world.put('two', 2);
  world.clock.advance(5000);
  assert.equal((await reader.get(ID)).text(), 'one');
  assert.equal((await reader.get(ID, { maxAge: '6s' })).text(), 'one');
  assert.equal((await reader.get(ID, { maxAge: 5000 })).text(), 'two');
  world.put('three', 3);
  assert.equal((await reader.get(ID)).text(), 'two');
  assert.equal((await reader.get(ID, { forceFetch: true })).text(), 'three');
  world.put('four', 4);
  assert.equal(await reader.withCredential(ID, (one) => one.text(), { forceFetch: true }), 'four');
  world.aws.fail('dynamodb', { status: 400, type: 'ResourceNotFoundException' }, 2);
  await assert.rejects(reader.get(ID, { forceFetch: true }), withCode('UNAVAILABLE'));
  assert.equal((await reader.get(ID)).text(), 'four');
});

test('getAllSharesOnlyWhatIsAsYoungAsAskedFor', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  world.aws.fail('dynamodb', 'hang', 2);
  const reader = world.reader({ deadline: '1m', attemptTimeout: '30s' });
  const calls = [reader.getAll('acme')];
  await world.aws.received('dynamodb', 1);
  world.clock.advance(500);
  calls.push(reader.getAll('acme'));
  calls.push(reader.getAll('acme', { maxAge: 501 }));
  calls.push(reader.getAll('acme', { maxAge: 500 }));
  await world.aws.received('dynamodb', 2);
  calls.push(reader.getAll('acme', { forceFetch: true }));
  await calls.at(-1);
  assert.equal(world.aws.count('dynamodb'), 3);
  world.clock.advance(30_000);
  for (const { credentials } of await Promise.all(calls)) {
    assert.equal(credentials.get('db')?.text(), 'secret');
  }
  await assert.rejects(
    reader.getAll('acme', { maxage: 1 } as object),
    withCode('INVALID_CONFIGURATION'),
  );
});

test('aSignalEndsOneCallAndNotThatOfOthers', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  world.aws.fail('dynamodb', 'hang');
  const reader = world.reader();
  const controller = new AbortController();
  const ended = assert.rejects(reader.get(ID, { signal: controller.signal }), /enough/);
  const other = reader.get(ID);
  await world.aws.received('dynamodb', 1);
  controller.abort(new Error('enough'));
  await ended;
  world.clock.advance(1000);
  assert.equal((await other).text(), 'secret');
  const { signal } = controller;
  for (const call of [
    reader.get(ID, { signal }),
    reader.getAll('acme', { signal }),
    reader.withCredential(ID, () => assert.fail('not reached'), { signal }),
    reader.invalidate(ID, { signal }),
  ]) {
    await assert.rejects(call, /enough/);
  }
  assert.equal(world.aws.count('events'), 0);
});

test('misspelledAndWrongOptionsAreRefusedByTheirName', async (t) => {
  const world = await World.of(t);
  const env = { AWS_REGION: 'eu-central-1' };
  const named = (name: string) => (error: Error) => {
    assert.ok(error.message.startsWith(`${name}: must be`), error.message);
    return withCode('INVALID_CONFIGURATION')(error);
  };
  for (const [options, name] of [
    [{ env, nearTTL: 1 }, 'nearTTL'],
    [{ env, endpoints: { dynamo: 'http://x' } }, 'endpoints.dynamo'],
    [{ env, endpoints: { kms: 'x' } }, 'endpoints.kms'],
    [{ env, endpoints: 'http://x' }, 'endpoints'],
    [{ env, region: 'eu/1' }, 'region'],
    [null, 'options'],
  ] as const) {
    assert.throws(() => createReader(options as unknown as ReaderOptions), named(name));
  }
  assert.throws(() => keepwarm({} as Parameters<typeof keepwarm>[0]), named('fetchData'));
  const misspelled = { env, fetchData: {}, setToContxt: true };
  assert.throws(() => keepwarm(misspelled as Parameters<typeof keepwarm>[0]), named('setToContxt'));
  const reader = world.reader();
  for (const [options, name] of [
    [{ maxage: 1 }, 'maxage'],
    [{ maxAge: 'x' }, 'maxAge'],
    [{ forceFetch: 1 }, 'forceFetch'],
    [{ signal: {} }, 'signal'],
  ] as const) {
    await assert.rejects(reader.get(ID, options as object), named(name));
  }
  await assert.rejects(reader.withCredential(ID, undefined as unknown as () => 1), named('fn'));
});

test('endpointsOfTheEnvironmentCanBeIgnored', () => {
  const { endpoints } = settingsOf({
    env: {
      AWS_REGION: 'eu-central-1',
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:2',
    },
    endpoints: { lambda: 'http://127.0.0.1:4' },
  });
  assert.equal(endpoints.kms.hostname, 'kms.eu-central-1.amazonaws.com');
  assert.equal(endpoints.dynamodb.hostname, 'dynamodb.eu-central-1.amazonaws.com');
  assert.equal(endpoints.lambda.port, '4');
});

for (const [service, type] of [
  ['dynamodb', 'ResourceNotFoundException'],
  ['kms', 'NotFoundException'],
] as const) {
  test(`aMissingNameAt${service}IsAnInvalidConfiguration`, async (t) => {
    const world = await World.of(t);
    world.put('secret');
    world.aws.fail(service, { status: 400, type }, 9);
    await assert.rejects(world.reader().get(ID), withCode('INVALID_CONFIGURATION'));
    assert.equal(world.aws.count(service), 1);
  });
}

test('aTableThatIsGoneTakesFromNobodyWhatIsNear', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  await reader.get(ID);
  world.clock.advance(30_000);
  world.aws.fail('dynamodb', { status: 400, type: 'ResourceNotFoundException' });
  assert.equal((await reader.get(ID)).text(), 'secret');
  assert.equal(reader.stats().staleServed, 1);
});

test('requestsSayWhoSendsThemAndOfWhichTraceTheyAre', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const env: Record<string, string> = { ...world.aws.env };
  const reader = world.reader({ env });
  env._X_AMZN_TRACE_ID = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1';
  await reader.get(ID);
  for (const { headers } of world.aws.seen) {
    assert.match(`${headers['user-agent']}`, /^keepwarm-reader\/\S+ lang\/js md\/nodejs#\d/);
    assert.equal(headers['x-amzn-trace-id'], env._X_AMZN_TRACE_ID);
  }
  assert.equal(world.aws.seen.length, 2);
});

test('aLoggerHearsOfRequestsAndOfNoSecretAndDoesNoHarm', async (t) => {
  const world = await World.of(t);
  world.put('hunter2');
  world.aws.fail('dynamodb', { status: 500, type: 'InternalServerError' });
  const heard: string[] = [];
  const hear = (level: string) => (message: string, details: object) => {
    heard.push(`${level} ${message} ${inspect(details)}`);
    throw new Error('no disk');
  };
  const reader = world.reader({ logger: { debug: hear('debug'), warn: hear('warn') } });
  const got = reader.get(ID);
  await world.aws.received('dynamodb', 1);
  await until('the logger hears', () => heard.length > 0);
  world.clock.advance(1000);
  assert.equal((await got).text(), 'hunter2');
  assert.match(`${heard[0]}`, /^warn .*GetItem.*InternalServerError/s);
  assert.match(`${heard[1]}`, /^debug .*GetItem.*200/s);
  assert.match(`${heard[2]}`, /^debug .*Decrypt.*200/s);
  assert.ok(!heard.join().includes('hunter2') && !heard.join().includes(CREDENTIALS.sessionToken));
});

test('printsWhatWasCountedSinceTheLastTime', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  const lines: string[] = [];
  const printed = () => {
    reader.printMetrics((line) => lines.push(line));
    return JSON.parse(`${lines.at(-1)}`);
  };
  await reader.get(ID);
  const first = printed();
  assert.equal(first.part, 'reader');
  assert.equal(first.cacheReads, 1);
  assert.deepEqual(first._aws.CloudWatchMetrics[0].Dimensions, [['part', 'cache']]);
  assert.equal(first.cache, 'keepwarm-cache');
  assert.equal(first._aws.CloudWatchMetrics[0].Namespace, 'Keepwarm');
  assert.deepEqual(
    first._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name),
    [...Object.keys(reader.stats()), 'lookupMillis'],
  );
  assert.equal(first.lookupMillis.length, 1);
  assert.ok(first.lookupMillis[0] >= 0);
  await reader.get(ID);
  const second = printed();
  assert.deepEqual([second.cacheReads, second.nearHits], [0, 1]);
  // Nothing was looked up, and CloudWatch takes no metric without a value.
  assert.equal(second.lookupMillis, undefined);
  assert.deepEqual(
    second._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name),
    Object.keys(reader.stats()),
  );
  await reader.getAll(ID.tenant);
  assert.equal(printed().lookupMillis.length, 1);
});

test('forgetAllDropsCredentialsAndKeysAndDisposingCloses', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  await reader.get(ID);
  reader.forgetAll();
  await reader.get(ID);
  assert.deepEqual([world.aws.count('dynamodb'), world.aws.count('kms')], [2, 2]);
  await reader[Symbol.asyncDispose]();
  await assert.rejects(reader.get(ID), withCode('UNAVAILABLE'));
});

test('differentCredentialsAreNotDeeplyEqual', () => {
  const of = (text: string, version = 1, expiresAt = 9, name = 'db') =>
    new Credential({ tenant: 'acme', name }, Buffer.from(text), version, expiresAt);
  assert.deepStrictEqual(of('one'), of('one'));
  for (const other of [of('two'), of('one', 2), of('one', 1, 8), of('one', 1, 9, 'api')]) {
    assert.notDeepStrictEqual(of('one'), other);
  }
});

test('whatIsToldOfAContainersHostIsUsed', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    asked.push([request.url, request.headers.authorization]);
    const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;
    const Expiration = new Date(world.clock.now() + 3_600_000).toISOString();
    response.end(
      JSON.stringify({
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration,
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...others } = world.aws.env;
  const env = {
    ...others,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'token',
  };
  assert.equal((await world.reader({ env }).get(ID)).text(), 'secret');
  assert.deepEqual(asked, [['/v1', 'token']]);
  const elsewhere = { ...env, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://10.0.0.1/v1' };
  await assert.rejects(world.reader({ env: elsewhere }).get(ID), withCode('INVALID_CONFIGURATION'));
});

test('aRejectionIsOneWhicheverCopyOfThePackageMadeIt', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  class Other extends Error {
    get [Symbol.for('@keepwarm/reader.CredentialRejected')]() {
      return true;
    }
  }
  const reader = world.reader({ onMiss: 'fail' });
  const call = reader.withCredential(ID, () => Promise.reject(new Other('no')));
  await assert.rejects(call, Other);
  assert.equal(reader.stats().rejections, 1);
  assert.ok(new Other() instanceof CredentialRejected);
});
