import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { durationOf, settingsOf } from '../src/settings.js';
import { withCode } from './support/world.js';

const env = { AWS_REGION: 'eu-central-1' };

test('durationsAreReadAsTheJavaReaderReadsThem', () => {
  for (const [text, ms] of [
    ['0', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['PT15M', 900_000],
    ['PT0.5S', 500],
    ['P1DT2H', 93_600_000],
    ['pt30s', 30_000],
  ] as const) {
    assert.equal(durationOf(text), ms, text);
  }
  for (const text of ['', '1', '30 s', '-1s', '1.5s', 'PT', 'P', 'P1DT', 's', '30S', '1e3ms']) {
    assert.equal(durationOf(text), undefined, text);
  }
  assert.equal(durationOf(Number.NaN), undefined);
  assert.equal(durationOf(-1), undefined);
});

test('noTextMakesADurationThrowOrBeNegative', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const ms = durationOf(text);
      assert.ok(ms === undefined || ms >= 0);
    }),
  );
});

test('defaultsAreThoseOfTheArchitecture', () => {
  const settings = settingsOf({ env });
  assert.equal(settings.cacheTable, 'keepwarm-cache');
  assert.equal(settings.kmsKey, 'alias/keepwarm');
  assert.equal(settings.bus, 'keepwarm');
  assert.equal(settings.resolver, 'keepwarm-resolver');
  assert.equal(settings.nearTtl, 30_000);
  assert.equal(settings.dataKeyTtl, 900_000);
  assert.equal(settings.deadline, 2000);
  assert.equal(settings.onMiss, 'resolve');
  assert.equal(settings.endpoints.dynamodb.href, 'https://dynamodb.eu-central-1.amazonaws.com/');
  assert.equal(settings.endpoints.kms.href, 'https://kms.eu-central-1.amazonaws.com/');
  assert.equal(settings.endpoints.lambda.href, 'https://lambda.eu-central-1.amazonaws.com/');
  assert.equal(settings.endpoints.eventbridge.href, 'https://events.eu-central-1.amazonaws.com/');
});

interface Setting {
  readonly id: keyof ReturnType<typeof settingsOf>;
  readonly variable: string;
  readonly default: string;
  readonly accepted?: readonly string[];
  readonly refused?: readonly string[];
}

const contract = process.env.KEEPWARM_CONTRACT ?? '../contract';
const shared = JSON.parse(readFileSync(`${contract}/settings.json`, 'utf8')).settings as Setting[];

for (const { id, variable, default: otherwise, accepted = [], refused = [] } of shared) {
  test(`${id} has the default and the bounds of the contract`, () => {
    const defaults = settingsOf({ env });
    assert.notEqual(defaults[id], undefined);
    assert.deepEqual(settingsOf({ env: { ...env, [variable]: otherwise } })[id], defaults[id]);
    for (const value of accepted) {
      settingsOf({ env: { ...env, [variable]: value } });
    }
    for (const value of refused) {
      assert.throws(() => settingsOf({ env: { ...env, [variable]: value } }), {
        code: 'INVALID_CONFIGURATION',
        message: new RegExp(`^${variable}: `),
      });
    }
  });
}

test('theReadmeNamesTheDefaults', () => {
  const rows = readFileSync('README.md', 'utf8').split('\n');
  const named = shared.filter(({ variable }) =>
    rows.some((row) => row.includes(`\`${variable}\``)),
  );
  assert.ok(named.length > 5);
  for (const { variable, default: otherwise } of named) {
    const row = rows.find((one) => one.startsWith('|') && one.includes(`\`${variable}\``));
    assert.ok(row?.includes(`\`${otherwise}\``), variable);
  }
});

test('anOptionGoesBeforeItsVariable', () => {
  const given = { ...env, KEEPWARM_NEAR_TTL: '5s', KEEPWARM_CACHE_TABLE: 'of-env' };
  assert.equal(settingsOf({ env: given }).nearTtl, 5000);
  assert.equal(settingsOf({ env: given, nearTtl: '1s' }).nearTtl, 1000);
  assert.equal(settingsOf({ env: given, nearTtl: 0 }).nearTtl, 0);
  assert.equal(settingsOf({ env: given }).cacheTable, 'of-env');
  assert.equal(settingsOf({ env: given, cacheTable: 'mine' }).cacheTable, 'mine');
});

test('anEmptyVariableCountsAsAbsent', () => {
  assert.equal(
    settingsOf({ env: { ...env, KEEPWARM_CACHE_TABLE: '' } }).cacheTable,
    'keepwarm-cache',
  );
  assert.equal(
    settingsOf({ env: { ...env, AWS_ENDPOINT_URL: '' } }).endpoints.kms.hostname,
    'kms.eu-central-1.amazonaws.com',
  );
});

test('aServicesEndpointGoesBeforeTheOneForAll', () => {
  const { endpoints } = settingsOf({
    env: {
      ...env,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:2',
      AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://127.0.0.1:3',
    },
    endpoints: { lambda: 'http://127.0.0.1:4' },
  });
  assert.deepEqual(
    [
      endpoints.dynamodb.port,
      endpoints.kms.port,
      endpoints.eventbridge.port,
      endpoints.lambda.port,
    ],
    ['1', '2', '3', '4'],
  );
});

test('theRegionOfChinaHasItsOwnDomain', () => {
  const { endpoints } = settingsOf({ env: { ...env, AWS_REGION: 'cn-north-1' } });
  assert.equal(endpoints.kms.hostname, 'kms.cn-north-1.amazonaws.com.cn');
});

test('wrongSettingsAreRefusedByNameAndNeverQuoted', () => {
  for (const [wrong, label] of [
    [{ env: { ...env, KEEPWARM_NEAR_TTL: 'hunter2' } }, 'KEEPWARM_NEAR_TTL'],
    [{ env: { ...env, KEEPWARM_NEAR_SIZE: '0' } }, 'KEEPWARM_NEAR_SIZE'],
    [{ env: { ...env, KEEPWARM_ON_MISS: 'hunter2' } }, 'KEEPWARM_ON_MISS'],
    [{ env: { ...env, KEEPWARM_DEADLINE: '0' } }, 'KEEPWARM_DEADLINE'],
    [{ env: { ...env, AWS_ENDPOINT_URL_KMS: 'hunter2' } }, 'AWS_ENDPOINT_URL_KMS'],
    [{ env: { ...env, AWS_REGION: 'hunter2/' } }, 'AWS_REGION'],
    [{ env: {} }, 'AWS_REGION'],
    [{ env, deadline: Number.NaN }, 'deadline'],
    [{ env, nearSize: 1.5 }, 'nearSize'],
    [{ env, cacheTable: '' }, 'cacheTable'],
    [{ env, endpoints: { kms: 'ftp://x' } }, 'endpoints.kms'],
  ] as const) {
    assert.throws(
      () => settingsOf(wrong),
      (error: Error) => {
        assert.ok(error.message.startsWith(`${label}: must be`), error.message);
        assert.ok(!error.message.includes('hunter2'));
        return withCode('INVALID_CONFIGURATION')(error);
      },
    );
  }
});
