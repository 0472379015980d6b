import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckedClock, momentOf } from '../src/clock.js';
import type { Refusal } from '../src/entry.js';
import { Credential } from '../src/index.js';
import { type Held, nearCache } from '../src/near.js';
import { TestClock } from './support/clock.js';

const TTL = 30_000;
const SOFT = 150_000;
const HARD = 900_000;
const id = { tenant: 'acme', name: 'db' };
const KEY = 'acme db';

/** A near cache, and functions that make entries for it. */
function world(ttl = TTL, bytes = 1_000_000) {
  const host = new TestClock();
  const clock = new CheckedClock(host);
  const near = nearCache(clock, ttl, 100, bytes);
  const held = (version = 1): Held => ({
    kind: 'held',
    credential: new Credential(id, Buffer.from('x'), version, host.now() + HARD),
    size: 30,
    softExpiresAt: host.now() + SOFT,
  });
  const refusal = (retryAfter: number): Refusal => ({
    kind: 'refusal',
    code: 'REVOKED',
    retryAt: host.now() + retryAfter,
  });
  const keep = (found = held() as Held | Refusal) => {
    const entry = near.entry(found, momentOf(clock));
    near.keep(KEY, entry, near.epoch());
    return entry;
  };
  return { host, clock, near, held, refusal, keep };
}

test('anEntryIsFreshForItsTimeByEachClock', () => {
  for (const move of ['skip', 'setNow'] as const) {
    const { host, near, keep } = world();
    const entry = keep();
    const pass = (ms: number) => (move === 'skip' ? host.skip(ms) : host.setNow(host.now() + ms));
    pass(TTL - 1);
    assert.equal(near.fresh(KEY), entry);
    pass(1);
    assert.equal(near.fresh(KEY), undefined);
    assert.equal(near.held(KEY), entry, 'it is still what is left in an outage');
  }
});

test('aRefusalIsFreshForASixthAndNoLongerThanItSays', () => {
  const { host, near, refusal, keep } = world();
  const entry = keep(refusal(HARD));
  host.skip(TTL / 6 - 1);
  assert.equal(near.fresh(KEY), entry);
  assert.equal(near.held(KEY), undefined);
  host.skip(1);
  assert.equal(near.fresh(KEY), undefined);
  keep(refusal(10));
  host.skip(9);
  assert.notEqual(near.fresh(KEY), undefined);
  host.skip(1);
  assert.equal(near.fresh(KEY), undefined);
});

test('anEntryLivesUntilItsHardExpiryByEachClock', () => {
  const { host, clock, near, keep } = world();
  const entry = keep();
  host.skip(HARD - 1);
  assert.ok(near.isLive(entry));
  host.skip(1);
  assert.ok(!near.isLive(entry));
  host.setNow(host.now() - HARD);
  assert.ok(!near.isLive(entry), 'a clock that goes back brings nothing to life');
  const other = keep();
  clock.skew = HARD - 1;
  assert.ok(near.isLive(other));
  clock.skew = HARD;
  assert.ok(!near.isLive(other));
});

test('oneCallerRefreshesPastSoftExpiryAndHalfOfTheTime', () => {
  const { host, near, held, refusal, keep } = world();
  host.skip(1);
  const due: Held = { ...held(), softExpiresAt: host.now() };
  const entry = keep(due);
  host.skip(TTL / 2 - 1);
  assert.ok(!near.claimRefresh(entry));
  host.skip(1);
  assert.ok(near.claimRefresh(entry));
  assert.ok(!near.claimRefresh(entry), 'once');
  const soft = keep({ ...held(), softExpiresAt: host.now() + TTL });
  host.skip(TTL - 1);
  assert.ok(!near.claimRefresh(soft));
  host.skip(1);
  assert.ok(near.claimRefresh(soft));
  const refused = keep(refusal(HARD));
  host.skip(TTL);
  assert.ok(!near.claimRefresh(refused));
});

test('whatWasReadLaterStays', () => {
  const { host, clock, near, held } = world();
  const early = near.entry(held(1), momentOf(clock));
  const twin = near.entry(held(2), momentOf(clock));
  host.skip(1);
  const late = near.entry(held(3), momentOf(clock));
  near.keep(KEY, late, near.epoch());
  near.keep(KEY, early, near.epoch());
  assert.equal(near.held(KEY), late);
  near.drop(KEY, early);
  assert.equal(near.held(KEY), late);
  near.drop(KEY, late);
  assert.equal(near.held(KEY), undefined);
  near.keep(KEY, early, near.epoch());
  near.keep(KEY, twin, near.epoch());
  assert.equal(near.held(KEY), twin, 'of two of one moment the last');
});

test('onlyWhatWasReadBeforeIsSuperseded', () => {
  const { host, clock, near, keep } = world();
  const entry = keep();
  near.supersede(KEY, momentOf(clock));
  near.supersede('acme other', { wall: host.now() + 1, elapsed: host.elapsed() + 1 });
  assert.equal(near.held(KEY), entry);
  host.skip(1);
  near.supersede(KEY, momentOf(clock));
  assert.equal(near.held(KEY), undefined);
});

test('anOutageProlongsForASixthAndNeverShortens', () => {
  const { host, near, keep } = world();
  keep();
  host.skip(1000);
  const longer = near.prolong(KEY);
  assert.ok(longer?.stale);
  host.skip(TTL - 1001);
  assert.equal(near.fresh(KEY), longer, 'it had more than a sixth left');
  host.skip(1);
  assert.equal(near.fresh(KEY), undefined);
  assert.ok(longer);
  const again = near.prolong(KEY);
  host.skip(TTL / 6 - 1);
  assert.equal(near.fresh(KEY), again);
  host.skip(1);
  assert.equal(near.fresh(KEY), undefined);
});

test('anOutageProlongsOnlyWhatIsStillKeptAndLives', () => {
  const { host, near, keep } = world();
  keep();
  host.skip(HARD);
  assert.equal(near.prolong(KEY), undefined);
  near.forget(id);
  assert.equal(near.prolong(KEY), undefined);
});

test('anOutageProlongsWhatAnotherLookupHasKeptAndSaysThatItIsStale', () => {
  const { host, near, keep } = world();
  keep();
  host.skip(TTL);
  const theirs = keep();
  host.skip(TTL);
  const prolonged = near.prolong(KEY);
  assert.equal(prolonged?.found, theirs.found);
  assert.ok(prolonged?.stale);
  assert.equal(near.fresh(KEY), prolonged);
});

test('anOutageProlongsAlsoForLessTimeThanItTakesToLook', () => {
  const host = new TestClock();
  const moving = {
    now: () => host.now(),
    elapsed: () => (host.skip(1), host.elapsed()),
    after: host.after.bind(host),
  };
  const clock = new CheckedClock(moving);
  const near = nearCache(clock, 1, 100, 1_000_000);
  const { held } = world();
  near.keep(KEY, near.entry(held(), momentOf(clock)), near.epoch());

  assert.ok(near.prolong(KEY)?.stale);
});

test('anOutageDoesNotProlongARefusal', () => {
  const { host, near, refusal, keep } = world();
  const entry = keep(refusal(HARD));
  assert.equal(near.prolong(KEY), entry);
  host.skip(TTL / 6);
  assert.equal(near.prolong(KEY), undefined);
});

test('nothingIsKeptWithoutATime', () => {
  const { near, keep } = world(0);
  keep();
  assert.equal(near.held(KEY), undefined);
});

test('refusalsWeighNothing', () => {
  const { clock, near, held, refusal } = world(TTL, 60);
  const keep = (key: string, found: Held | Refusal) =>
    near.keep(key, near.entry(found, momentOf(clock)), near.epoch());
  keep('acme a', held());
  for (let i = 0; i < 50; i++) {
    keep(`acme refusal-${i}`, refusal(HARD));
  }
  keep('acme b', held());
  assert.notEqual(near.held('acme a'), undefined);
  keep('acme c', held());
  assert.equal(near.held('acme b'), undefined, 'a third one is too much');
  assert.notEqual(near.held('acme a'), undefined);
});

test('whatHasExpiredIsSweptOutByTheNextCall', () => {
  for (const call of ['fresh', 'keep'] as const) {
    const { host, near, clock, held, keep } = world();
    keep();
    host.skip(HARD - 1);
    const live = near.entry(held(), momentOf(clock));
    near.keep('acme live', live, near.epoch());
    assert.notEqual(near.held(KEY), undefined);
    host.skip(60_000);
    if (call === 'fresh') {
      near.fresh('acme other');
    } else {
      near.keep('acme other', near.entry(held(), momentOf(clock)), near.epoch());
    }
    assert.equal(near.held(KEY), undefined);
    assert.equal(near.held('acme live'), live);
  }
});

test('forgettingEndsTheEpochOfItsCredentialAndTenantAlone', () => {
  const { near } = world();
  const before = near.epoch();
  near.forget(id);
  for (const [what, current] of [
    [KEY, false],
    ['acme', false],
    ['acme other', true],
    ['other', true],
  ] as const) {
    assert.equal(near.isCurrent(what, before), current, what);
    assert.ok(near.isCurrent(what, near.epoch()), what);
  }
  const begun = near.epoch();
  near.clear();
  assert.ok(!near.isCurrent('other', begun));
  assert.ok(near.isCurrent(KEY, near.epoch()));
});

test('aThousandThatWereForgottenAreToldApart', () => {
  const { near } = world();
  const before = near.epoch();
  // Each is remembered with its tenant.
  for (let i = 0; i < 500; i++) {
    near.forget({ tenant: `tenant-${i}`, name: 'a' });
  }
  assert.ok(near.isCurrent(KEY, before));
  assert.ok(!near.isCurrent('tenant-0 a', before));
  near.forget({ tenant: 'one-more', name: 'a' });
  assert.ok(!near.isCurrent(KEY, before), 'nobody knows any more');
  assert.ok(near.isCurrent(KEY, near.epoch()));
  assert.ok(!near.isCurrent('tenant-499 a', 499));
  assert.ok(near.isCurrent('tenant-499 a', 500));
});
