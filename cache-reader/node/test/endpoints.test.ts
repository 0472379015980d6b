import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { isProxied } from '../src/aws/proxy.js';
import { settingsOf } from '../src/settings.js';
import { proxyTo, trustingAll } from './support/tls.js';
import { World, withCode } from './support/world.js';

// The hosts that botocore 1.42 uses.
const HOSTS = {
  'eu-central-1': ['amazonaws.com', 'api.aws'],
  'ap-unheard-of-7': ['amazonaws.com', 'api.aws'],
  'us-gov-west-1': ['amazonaws.com', 'api.aws'],
  'cn-north-1': ['amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  'eusc-de-east-1': ['amazonaws.eu', 'api.amazonwebservices.eu'],
  'us-iso-east-1': ['c2s.ic.gov', 'api.aws.ic.gov'],
  'us-isob-east-1': ['sc2s.sgov.gov', 'api.aws.scloud'],
  'eu-isoe-west-1': ['cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  'us-isof-south-1': ['csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
} as const;

const endpointsOf = (region: string, fips: boolean, dual: boolean) => {
  const { endpoints } = settingsOf({
    env: {
      AWS_REGION: region,
      AWS_USE_FIPS_ENDPOINT: `${fips}`,
      AWS_USE_DUALSTACK_ENDPOINT: dual ? 'TRUE' : '',
    },
  });
  return Object.values(endpoints).map((url) => url.hostname);
};

for (const [region, [plain, dual]] of Object.entries(HOSTS)) {
  test(`theEndpointsOf${region}AreThoseOfItsPartition`, () => {
    const hosts = (suffix: string, domain: string) =>
      ['dynamodb', 'kms', 'lambda', 'events'].map((one) => `${one}${suffix}.${region}.${domain}`);
    assert.deepEqual(endpointsOf(region, false, false), hosts('', plain));
    assert.deepEqual(endpointsOf(region, false, true), hosts('', dual));
    if (region !== 'us-gov-west-1') {
      assert.deepEqual(endpointsOf(region, true, false), hosts('-fips', plain));
      assert.deepEqual(endpointsOf(region, true, true), hosts('-fips', dual));
    }
  });
}

test('someEndpointsOfGovCloudAreOfFipsAlready', () => {
  assert.deepEqual(endpointsOf('us-gov-west-1', true, false), [
    'dynamodb.us-gov-west-1.amazonaws.com',
    'kms-fips.us-gov-west-1.amazonaws.com',
    'lambda-fips.us-gov-west-1.amazonaws.com',
    'events.us-gov-west-1.amazonaws.com',
  ]);
  assert.deepEqual(endpointsOf('us-gov-west-1', true, true), [
    'dynamodb-fips.us-gov-west-1.api.aws',
    'kms-fips.us-gov-west-1.api.aws',
    'lambda-fips.us-gov-west-1.api.aws',
    'events.us-gov-west-1.api.aws',
  ]);
});

for (const env of [
  { AWS_USE_FIPS_ENDPOINT: 'yes' },
  { AWS_USE_DUALSTACK_ENDPOINT: '1' },
  { HTTPS_PROXY: 'proxy:8080' },
]) {
  test(`${Object.entries(env).join()}IsRefused`, () => {
    const [variable = ''] = Object.keys(env);
    assert.throws(
      () => settingsOf({ env: { AWS_REGION: 'eu-central-1', ...env } }),
      (error: Error) => {
        assert.ok(error.message.startsWith(`${variable}: must be`), error.message);
        return withCode('INVALID_CONFIGURATION')(error);
      },
    );
  });
}

test('hostsThatNoProxyNamesAreReachedWithoutIt', () => {
  const kms = new URL('https://kms.eu-central-1.amazonaws.com');
  for (const [noProxy, proxied] of [
    ['', true],
    ['*', false],
    ['kms.eu-central-1.amazonaws.com', false],
    ['.amazonaws.com', false],
    ['*.amazonaws.com', false],
    ['localhost, amazonaws.com', false],
    ['amazonaws.com:443', false],
    ['amazonaws.com:8443', true],
    ['zonaws.com', true],
    ['eu-central-1', true],
  ] as const) {
    const env = { AWS_REGION: 'r', HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy };
    const { proxy } = settingsOf({ env });
    assert.equal(proxy && isProxied(proxy, kms), proxied, noProxy);
  }
});

test('aProxyIsAskedToConnectToAwsAndHearsNoMore', async (t) => {
  const world = await World.of(t);
  trustingAll(t);
  const { asked, env } = await proxyTo(world, t);
  world.put('secret');
  const reader = world.reader({ env, nearTtl: 0 });
  assert.equal((await reader.get('acme', 'db')).text(), 'secret');
  await reader.get('acme', 'db');
  const authorization = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
  // Once per host, because connections are kept.
  assert.deepEqual(asked, [
    { target: 'dynamodb.eu-central-1.amazonaws.com:443', authorization },
    { target: 'kms.eu-central-1.amazonaws.com:443', authorization },
  ]);
});

test('whatIsBehindAProxyHasToProveWhoItIs', async (t) => {
  const world = await World.of(t);
  const { env } = await proxyTo(world, t);
  world.put('secret');
  await assert.rejects(world.reader({ env }).get('acme', 'db'), (error: Error) => {
    assert.match(error.message, /SELF_SIGNED/);
    return withCode('UNAVAILABLE')(error);
  });
  assert.equal(world.aws.seen.length, 0);
});

test('aProxyThatRefusesIsUnavailable', async (t) => {
  const world = await World.of(t);
  const { env } = await proxyTo(world, t, 407);
  await assert.rejects(world.reader({ env }).get('acme', 'db'), (error: Error) => {
    assert.match(String(error.cause), /the proxy responded with 407/);
    return withCode('UNAVAILABLE')(error);
  });
});

test('aProxyThatIsNotThereIsUnavailable', async (t) => {
  const world = await World.of(t);
  const { env } = await proxyTo(world, t);
  const closed = http.createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const reader = world.reader({ env: { ...env, HTTPS_PROXY: `http://127.0.0.1:${port}` } });
  await assert.rejects(reader.get('acme', 'db'), withCode('UNAVAILABLE'));
});
