import assert from 'node:assert/strict';
import { test } from 'node:test';
import middy from '@middy/core';
import { getInternal } from '@middy/util';
import { KeepwarmError } from '../src/index.js';
import keepwarm from '../src/middy.js';
import { World } from './support/world.js';

const context = () =>
  ({ getRemainingTimeInMillis: () => 1000 }) as unknown as Parameters<ReturnType<typeof middy>>[1];

test('handsTheCredentialsOfARequestToItsHandler', async (t) => {
  const world = await World.of(t);
  world.put('one');
  world.put('two', 1, { tenant: 'acme', name: 'api' });
  const handler = middy()
    .use(
      keepwarm({
        reader: world.reader(),
        setToContext: true,
        fetchData: {
          db: { tenant: 'acme', name: 'db' },
          api: ({ event }) => ({ tenant: (event as { tenant: string }).tenant, name: 'api' }),
        },
      }),
    )
    .before(async (request) => {
      const internal = await getInternal({ mine: 'db' }, request);
      Object.assign(request.context, internal);
    })
    .handler(async (_event: unknown, given: Record<string, { text(): string }>) => [
      given.db?.text(),
      given.api?.text(),
      given.mine?.text(),
    ]);
  assert.deepEqual(await handler({ tenant: 'acme' }, context()), ['one', 'two', 'one']);
});

test('withoutSetToContextTheContextStaysAsItWas', async (t) => {
  const world = await World.of(t);
  world.put('one');
  const handler = middy()
    .use(keepwarm({ reader: world.reader(), fetchData: { db: { tenant: 'acme', name: 'db' } } }))
    .handler(async (_event: unknown, given: object) => Object.keys(given));
  assert.ok(!((await handler({}, context())) as string[]).includes('db'));
});

test('whatFailsReachesMiddysOnError', async (t) => {
  const world = await World.of(t);
  const fetchData = { db: { tenant: 'not allowed', name: 'db' } };
  const handler = middy()
    .use(keepwarm({ reader: world.reader(), fetchData }))
    .onError(async (request) => {
      assert.ok(request.error instanceof KeepwarmError);
      request.response = request.error.code;
    })
    .handler(async () => 'not reached');
  assert.equal(await handler({}, context()), 'INVALID_ID');
});

test('whatDoesNotDependOnARequestIsFetchedAhead', async (t) => {
  const world = await World.of(t);
  world.put('one');
  keepwarm({ reader: world.reader(), fetchData: { db: { tenant: 'acme', name: 'db' } } });
  await world.aws.received('dynamodb', 1);
  await world.aws.received('kms', 1);
});

test('prefetchCanBeDisabled', async (t) => {
  const world = await World.of(t);
  world.put('one');
  const reader = world.reader();
  keepwarm({
    reader,
    disablePrefetch: true,
    fetchData: { db: { tenant: 'acme', name: 'db' } },
  });
  assert.equal(reader.stats().cacheReads, 0);
});

test('makesAReaderOfItsOwnFromTheSameOptions', async (t) => {
  const world = await World.of(t);
  world.put('one');
  const { before } = keepwarm({
    env: world.aws.env,
    clock: world.clock,
    fetchData: { db: { tenant: 'acme', name: 'db' } },
  });
  const request = { event: {}, context: {}, internal: {} as Record<string, unknown> };
  await before(request as unknown as Parameters<typeof before>[0]);
  assert.equal(String(request.internal.db), 'Credential[acme db, version 1, redacted]');
});
