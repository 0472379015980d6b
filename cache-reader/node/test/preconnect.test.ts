// Over TLS, a first read takes two handshakes. They can begin before the read, and can resume
// earlier sessions.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { secureConnections } from '../src/aws/connections.js';
import type { ReaderOptions } from '../src/index.js';
import { settingsOf } from '../src/settings.js';
import { proxyTo, TlsFront, trustingAll } from './support/tls.js';
import { inTime, until } from './support/until.js';
import { World, withCode } from './support/world.js';

/** A world whose DynamoDB and KMS are two hosts, reached over TLS. */
async function secured(t: TestContext) {
  trustingAll(t);
  const world = await World.of(t);
  const dynamodb = await TlsFront.of(world, t);
  const kms = await TlsFront.of(world, t);
  const reader = (options: ReaderOptions = {}) =>
    world.reader({
      endpoints: { dynamodb: dynamodb.url, kms: kms.url },
      preconnect: true,
      nearTtl: 0,
      ...options,
    });
  const connected = (times = 1) =>
    until('it is connected', () => dynamodb.handshakes === times && kms.handshakes === times);
  const connections = () => [dynamodb.connections, kms.connections];
  return { world, dynamodb, kms, reader, connected, connections };
}

test('aReaderConnectsWhenItIsMadeAndItsFirstReadFindsTheConnections', async (t) => {
  const { world, reader, connected, connections } = await secured(t);
  world.put('secret');
  const made = reader();
  await connected();
  assert.equal(world.aws.seen.length, 0);
  assert.equal((await made.get('acme', 'db')).text(), 'secret');
  assert.deepEqual(connections(), [1, 1]);
});

test('aFirstReadWaitsForConnectionsThatAreStillBeingOpened', async (t) => {
  const { world, reader, connections } = await secured(t);
  world.put('secret');
  assert.equal((await reader().get('acme', 'db')).text(), 'secret');
  assert.deepEqual(connections(), [1, 1]);
});

test('whatIsOneHostGetsOneConnection', async (t) => {
  const { world, dynamodb, reader } = await secured(t);
  world.put('secret');
  const made = reader({ endpoints: { dynamodb: dynamodb.url, kms: dynamodb.url } });
  assert.equal((await made.get('acme', 'db')).text(), 'secret');
  assert.equal(dynamodb.connections, 1);
});

test('plainHttpIsConnectedToAheadAsWell', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader({ preconnect: true });
  await until('it is connected', () => world.aws.connections === 1);
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  assert.equal(world.aws.mostConnections, 1);
});

test('aReaderThatMayNotConnectsWhenItHasTo', async (t) => {
  const { world, dynamodb, kms, reader } = await secured(t);
  world.put('secret');
  world.aws.fail('dynamodb', { status: 200, before: () => assert.equal(kms.connections, 0) });
  const made = reader({ preconnect: false });
  assert.equal(dynamodb.connections, 0);
  assert.equal((await made.get('acme', 'db')).text(), 'secret');
  assert.equal(kms.connections, 1);
});

test('onlyInALambdaFunctionDoesAReaderConnectUnasked', () => {
  const preconnect = (env: Record<string, string>, options: ReaderOptions = {}) =>
    settingsOf({ env: { AWS_REGION: 'r', ...env }, ...options }).preconnect;
  const lambda = { AWS_LAMBDA_FUNCTION_NAME: 'f' };
  assert.equal(preconnect({}), false);
  assert.equal(preconnect(lambda), true);
  assert.equal(preconnect({ ...lambda, KEEPWARM_PRECONNECT: 'false' }), false);
  assert.equal(preconnect({ KEEPWARM_PRECONNECT: 'TRUE' }), true);
  assert.equal(preconnect({ KEEPWARM_PRECONNECT: 'true' }, { preconnect: false }), false);
  assert.throws(() => preconnect({ KEEPWARM_PRECONNECT: 'yes' }), {
    code: 'INVALID_CONFIGURATION',
    message: /KEEPWARM_PRECONNECT: must be true or false/,
  });
});

test('itConnectsToKmsWhileTheTableIsReadIfNoDataKeyIsKnown', async (t) => {
  const { world, kms, reader, connected } = await secured(t);
  world.put('secret');
  world.put('other', 1, { tenant: 'other', name: 'db' });
  const made = reader();
  await connected();
  await made.get('acme', 'db');
  world.clock.advance(20_000);
  // Its data key is known.
  await made.get('acme', 'db');
  assert.equal(kms.connections, 1);
  // On a new connection, because a timeout on a kept connection ends the other idle ones, too.
  world.clock.advance(20_000);
  world.aws.fail('dynamodb', 'hang');
  const before = world.aws.count('dynamodb');
  const got = made.get('other', 'db');
  await world.aws.received('dynamodb', before + 1);
  await until('it is connected', () => kms.handshakes === 2);
  world.clock.advance(1000);
  assert.equal((await got).text(), 'other');
  assert.equal(kms.connections, 2);
});

test('aDataKeyThatIsTooOldIsNotKnown', async (t) => {
  const { world, kms, reader } = await secured(t);
  world.put('secret');
  const made = reader({ dataKeyTtl: '1m' });
  await made.get('acme', 'db');
  world.clock.advance(60_000);
  world.aws.fail('dynamodb', 'hang');
  const got = made.get('acme', 'db');
  await world.aws.received('dynamodb', 2);
  await until('it is connected', () => kms.handshakes === 2);
  world.clock.advance(1000);
  await got;
});

test('connectionsAfterAnIdleTimeResumeTheirSessions', async (t) => {
  const { world, dynamodb, kms, reader } = await secured(t);
  world.put('secret');
  const made = reader({ dataKeyTtl: 0 });
  await made.get('acme', 'db');
  assert.deepEqual([dynamodb.resumed, kms.resumed], [0, 0]);
  for (let times = 1; times <= 3; times++) {
    world.clock.advance(20_000);
    await made.get('acme', 'db');
    assert.deepEqual([dynamodb.handshakes, kms.handshakes], [times + 1, times + 1]);
    assert.deepEqual([dynamodb.resumed, kms.resumed], [times, times]);
  }
});

test('connectionsAfterAFreezeThatResetThemResumeTheirSessions', async (t) => {
  const { world, dynamodb, kms, reader } = await secured(t);
  world.put('secret');
  const made = reader({ dataKeyTtl: 0, preconnect: false });
  await made.get('acme', 'db');
  dynamodb.reset();
  kms.reset();
  await made.get('acme', 'db');
  assert.deepEqual([dynamodb.resumed, kms.resumed], [1, 1]);
});

test('aSessionThatTheServerForgotIsNoObstacle', async (t) => {
  const { world, dynamodb, reader } = await secured(t);
  world.put('secret');
  const made = reader();
  await made.get('acme', 'db');
  dynamodb.forgetSessions();
  world.clock.advance(20_000);
  assert.equal((await made.get('acme', 'db')).text(), 'secret');
  assert.deepEqual([dynamodb.handshakes, dynamodb.resumed], [2, 0]);
  world.clock.advance(20_000);
  await made.get('acme', 'db');
  assert.deepEqual([dynamodb.handshakes, dynamodb.resumed], [3, 1]);
});

test('aConnectionThatWasNotNeededForLongIsNotUsed', async (t) => {
  const { world, reader, connected, connections } = await secured(t);
  world.put('secret');
  const made = reader();
  await connected();
  world.clock.setNow(world.clock.now() + 20_000);
  await made.get('acme', 'db');
  assert.deepEqual(connections(), [2, 2]);
});

test('aConnectionThatIsGoneBeforeItIsNeededIsReplaced', async (t) => {
  const { world, dynamodb, kms, reader, connected, connections } = await secured(t);
  world.put('secret');
  const made = reader({ random: () => 1 });
  await connected();
  dynamodb.reset();
  kms.reset();
  // A pause would need the clock to move, which it does not.
  assert.equal((await made.get('acme', 'db')).text(), 'secret');
  assert.deepEqual(connections(), [2, 2]);
});

test('aConnectionThatIsGoneIsOpenedAheadAgain', async (t) => {
  trustingAll(t);
  const world = await World.of(t);
  const front = await TlsFront.of(world, t);
  const connections = secureConnections(world.clock, undefined, 1000);
  t.after(() => connections.close());
  connections.connect(new URL(front.url));
  await until('it is connected', () => front.handshakes === 1);
  front.reset();
  await until('it is connected again', () => {
    connections.connect(new URL(front.url));
    return front.handshakes === 2;
  });
});

test('aConnectionThatDiedSilentlyBeforeItWasNeededCostsOneAttempt', async (t) => {
  const { world, dynamodb, reader, connected } = await secured(t);
  world.put('secret');
  const made = reader({ random: () => 1 });
  await connected();
  dynamodb.deaf = true;
  const got = made.get('acme', 'db');
  await until('it was asked', () => dynamodb.heard === 1);
  dynamodb.deaf = false;
  world.clock.advance(1000);
  // Another pause would need the clock to move, which it does not.
  assert.equal((await got).text(), 'secret');
  assert.equal(dynamodb.connections, 2);
});

test('aHostThatIsNotThereIsFoundOutByTheFirstRead', async (t) => {
  const world = await World.of(t);
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  for (const scheme of ['http', 'https']) {
    const address = `${scheme}://127.0.0.1:${port}`;
    const endpoints = { dynamodb: address, kms: address };
    const reader = world.reader({ endpoints, preconnect: true });
    await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
  }
});

test('whoeverIsConnectedToHasToProveWhoItIs', async (t) => {
  const world = await World.of(t);
  const front = await TlsFront.of(world, t);
  const endpoints = { dynamodb: front.url, kms: front.url };
  const reader = world.reader({ endpoints, preconnect: true });
  await until('its certificate was refused', () => front.connections === 1 && front.open === 0);
  await assert.rejects(reader.get('acme', 'db'), (error: Error) => {
    assert.match(error.message, /SELF_SIGNED/);
    return withCode('UNAVAILABLE')(error);
  });
  assert.equal(world.aws.seen.length, 0);
});

test('aProxyIsAskedAheadAndSessionsThroughItAreResumed', async (t) => {
  const world = await World.of(t);
  trustingAll(t);
  const { front, asked, env } = await proxyTo(world, t);
  world.put('secret');
  const reader = world.reader({ env, nearTtl: 0, dataKeyTtl: 0, preconnect: true });
  await until('it is connected', () => front.handshakes === 2);
  await reader.get('acme', 'db');
  assert.deepEqual(
    asked.map(({ target }) => target),
    ['dynamodb.eu-central-1.amazonaws.com:443', 'kms.eu-central-1.amazonaws.com:443'],
  );
  world.clock.advance(20_000);
  await reader.get('acme', 'db');
  assert.deepEqual([front.handshakes, front.resumed], [4, 2]);
});

test('anAgentThatIsGivenConnectsWhenItHasTo', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const agent = new http.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const reader = world.reader({ agent, preconnect: true });
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  // A connection opened ahead would have been a different one.
  assert.equal(world.aws.mostConnections, 1);
});

test('aReaderThatIsClosedClosesWhatNobodyNeeded', async (t) => {
  const { dynamodb, kms, reader, connected } = await secured(t);
  const made = reader();
  await connected();
  made.close();
  await until('they are closed', () => dynamodb.open === 0 && kms.open === 0);
});

test('aProcessThatIsDoneDoesNotWaitForItsConnections', async (t) => {
  // Accepts connections, and never sends anything.
  const silent = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const env = {
    ...process.env,
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: `https://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    AWS_LAMBDA_FUNCTION_NAME: 'f',
  };
  const index = new URL('../src/index.js', import.meta.url);
  const program = `import('${index}').then(({ createReader }) => { createReader(); })`;
  const child = spawn(process.execPath, ['-e', program], { env, stdio: 'inherit' });
  t.after(() => child.kill());
  const [code] = await inTime('the process ended', once(child, 'exit'));
  assert.equal(code, 0);
});
