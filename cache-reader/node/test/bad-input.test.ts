import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createReader, type ErrorCode, KeepwarmError, type ReaderOptions } from '../src/index.js';
import { DB, World, withCode } from './support/world.js';

/** Faults: how to cause each one, and the code with which each call then ends. */
interface Bad {
  readonly options?: (world: World) => ReaderOptions;
  readonly given: (world: World) => void;
  readonly code: ErrorCode;
  /** If the fault concerns a single credential, `getAll` reports it in its failures. */
  readonly ofOne?: boolean;
}

const skewed = (world: World) => new Date(world.clock.now() + 3_600_000).toUTCString();

const BAD: Record<string, Bad> = {
  noCredentials: {
    options: ({ aws }) => ({ env: { ...aws.env, AWS_ACCESS_KEY_ID: '' } }),
    given: (world) => world.put('secret'),
    code: 'DENIED',
  },
  aRegionWhoseSignatureIsNotTheServices: {
    options: () => ({ region: 'us-east-1' }),
    given: (world) => world.put('secret'),
    code: 'DENIED',
  },
  aTableThatIsNotThere: {
    options: () => ({ cacheTable: 'another' }),
    given: (world) => world.put('secret'),
    code: 'INVALID_CONFIGURATION',
  },
  anExpiredSessionToken: {
    given: ({ aws }) => aws.fail('dynamodb', { status: 400, type: 'ExpiredTokenException' }, 100),
    code: 'DENIED',
  },
  aClockThatStaysSkewed: {
    given: (world) =>
      world.aws.fail(
        'dynamodb',
        {
          status: 403,
          type: 'RequestTimeTooSkewed',
          headers: { date: skewed(world) },
        },
        100,
      ),
    code: 'DENIED',
  },
  throttling: {
    given: ({ aws }) => aws.fail('dynamodb', { status: 400, type: 'ThrottlingException' }, 100),
    code: 'UNAVAILABLE',
  },
  throttlingByKms: {
    given: (world) => {
      world.put('secret');
      world.aws.fail('kms', { status: 400, type: 'ThrottlingException' }, 100);
    },
    code: 'UNAVAILABLE',
  },
  aTruncatedBody: {
    given: ({ aws }) => aws.fail('dynamodb', 'cut', 100),
    code: 'UNAVAILABLE',
  },
  aTruncatedBodyOfKms: {
    given: (world) => {
      world.put('secret');
      world.aws.fail('kms', 'cut', 100);
    },
    code: 'UNAVAILABLE',
  },
  anUnknownFormatByte: {
    given: (world) => {
      const item = world.sealed('secret');
      const envelope = Buffer.from((item.sealed as { B: string }).B, 'base64');
      envelope[0] = 2;
      world.aws.put({ ...item, sealed: { B: envelope.toString('base64') } });
    },
    code: 'TAMPERED',
    ofOne: true,
  },
  aResolveThatAnswersAnError: {
    given: ({ aws }) => {
      aws.resolver = () => ({ code: 'UNAVAILABLE', message: 'the source does not answer' });
    },
    code: 'UNAVAILABLE',
  },
  aResolveThatThrows: {
    given: ({ aws }) => {
      aws.resolver = () => {
        throw new Error('out of memory');
      };
    },
    code: 'UNAVAILABLE',
  },
  aThrottledResolve: {
    given: ({ aws }) => aws.fail('lambda', { status: 429, type: 'TooManyRequestsException' }, 100),
    code: 'UNAVAILABLE',
  },
};

/** Fails if there is an unhandled rejection. */
async function rejectingNothingElse(t: TestContext, calls: () => Promise<void>): Promise<void> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  await calls();
  // Unhandled rejections are reported once the queue of microtasks is empty.
  await new Promise(setImmediate);
  assert.deepEqual(unhandled, []);
}

for (const [name, { options, given, code, ofOne }] of Object.entries(BAD)) {
  test(`${name}Is${code}InEveryCallAndNothingUnhandled`, async (t) => {
    const world = await World.of(t);
    given(world);
    const reader = world.reader(options?.(world));
    await rejectingNothingElse(t, async () => {
      // At once, so that the calls share lookups if possible.
      await Promise.all([
        assert.rejects(reader.get(DB.tenant, DB.name), withCode(code)),
        assert.rejects(reader.get(DB.tenant, DB.name), withCode(code)),
        assert.rejects(
          reader.withCredential(DB, () => assert.fail('there is none')),
          withCode(code),
        ),
        ofOne
          ? reader.getAll(DB.tenant).then(({ credentials, failures }) => {
              assert.equal(credentials.size, 0);
              assert.equal(failures.get(DB.name), code);
            })
          : assert.rejects(reader.getAll(DB.tenant), withCode(code)),
      ]);
    });
  });
}

test('idsOutsideTheGrammarAreRefusedByEveryCallBeforeAnythingIsSent', async (t) => {
  const world = await World.of(t);
  const reader = world.reader();
  for (const bad of ['', ' ', 'a b', 'ä', 'a\n', 'a'.repeat(129), '\u0000', undefined, 7, {}]) {
    const id = bad as string;
    await assert.rejects(reader.get(id, 'db'), withCode('INVALID_ID'));
    await assert.rejects(reader.get('acme', id), withCode('INVALID_ID'));
    await assert.rejects(reader.getAll(id), withCode('INVALID_ID'));
    await assert.rejects(reader.invalidate('acme', id), withCode('INVALID_ID'));
    const never = () => assert.fail('there is none');
    await assert.rejects(
      reader.withCredential({ tenant: id, name: 'db' }, never),
      withCode('INVALID_ID'),
    );
    assert.throws(() => reader.forget('acme', id), withCode('INVALID_ID'));
  }
  assert.equal(world.aws.seen.length, 0);
});

test('aMissingTableNameOrRegionIsToldWhenTheReaderIsMade', () => {
  const env = { AWS_REGION: 'eu-central-1' };
  for (const options of [{ env, cacheTable: '' }, { env: {} }, { env, region: 'Europe' }]) {
    assert.throws(() => createReader(options), withCode('INVALID_CONFIGURATION'));
  }
  assert.ok(createReader({ env }), 'the name has a default');
});

test('everyCodeIsAnInstanceOfTheOneError', async (t) => {
  const world = await World.of(t);
  await assert.rejects(world.reader().get('', ''), KeepwarmError);
});
