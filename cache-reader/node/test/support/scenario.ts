import assert from 'node:assert/strict';
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { answerOf } from '../../src/answer.js';
import { CheckedClock, type Clock } from '../../src/clock.js';
import { WrongKeyError } from '../../src/errors.js';
import { type CredentialId, keyOf } from '../../src/id.js';
import {
  type Credential,
  CredentialRejected,
  type ErrorCode,
  KeepwarmError,
  type OnMiss,
  type Reader,
  type ReaderStats,
} from '../../src/index.js';
import type { Item } from '../../src/item.js';
import type { Ports, ResolveRequest } from '../../src/ports.js';
import { readerOf } from '../../src/reader.js';
import { changesOfEach, mixtures, type TypedItem } from './changes.js';
import { Fields } from './fields.js';
import { type Life, seal } from './seal.js';
import { until } from './until.js';
import { newSigner, type Signer, signRecord, vouchable, vouchId, vouchingHead } from './vouch.js';

const SOFT = 150_000;
const HARD = 900_000;
const DEADLINE = 2000;
/** The pause between two polls of the table. */
const PAUSE = 50;

type Steps = (() => Promise<void>) | undefined;

/** Runs one scenario of the contract, see `cache-reader/contract/README.md`. */
export class Scenario {
  readonly #fields: Fields;
  readonly #clock = new ScenarioClock();
  readonly #reader: Reader;
  readonly #items = new Map<string, Item>();
  readonly #dataKeys = new Map<string, { readonly wrapped: string; readonly key: KeyObject }>();
  readonly #signers = new Map<string, Signer>();
  readonly #wrapped = new Map<string, { readonly tenant: string; readonly key: KeyObject }>();
  readonly #underAnotherKey = new Set<string>();
  readonly #faults = new Map<string, string>();
  readonly #asked: ResolveRequest[] = [];
  readonly #published: unknown[] = [];
  readonly #requests = { table: 0, records: 0, resolver: 0, keys: 0 };
  #answer = JSON.stringify({ error: { code: 'UNAVAILABLE', reason: 'no answer yet' } });
  #during: Steps;
  #inProgress = 0;

  constructor(name: string, json: string) {
    this.#fields = new Fields(name, JSON.parse(json));
    assert.ok(this.#fields.text('about') !== '');
    const settings = this.#fields.has('settings')
      ? this.#fields.object('settings')
      : new Fields(name, {});
    this.#reader = readerOf(this.#ports(), new CheckedClock(this.#clock), {
      cacheTable: 'keepwarm-cache',
      nearTtl: settings.number('nearTtl', 30_000),
      nearSize: 10_000,
      nearBytes: 1_000_000,
      dataKeyTtl: settings.number('dataKeyTtl', 900_000),
      deadline: DEADLINE,
      onMiss: settings.text('onMiss', 'resolve') as OnMiss,
    });
    settings.end();
  }

  async run(): Promise<void> {
    for (const step of this.#fields.objects('steps')) {
      await this.#step(step, true);
    }
    this.#fields.end();
  }

  async #step(step: Fields, settles: boolean): Promise<void> {
    if (step.has('store')) {
      this.#store(this.#item(step.object('store')));
    } else if (step.has('storeItem')) {
      this.#store(step.object('storeItem').all() as TypedItem);
    } else if (step.has('storeRecord')) {
      this.#store(this.#record(step.object('storeRecord')));
    } else if (step.has('answer')) {
      this.#setAnswer(step.object('answer'));
    } else if (step.has('fault')) {
      for (const [part, fault] of Object.entries(step.object('fault').all())) {
        this.#setFault(part, fault);
      }
    } else if (step.has('pass')) {
      this.#clock.pass(step.number('pass'));
    } else if (step.has('shiftWall')) {
      this.#clock.shiftWall(step.number('shiftWall'));
    } else if (step.has('deadline')) {
      step.object('deadline').end();
      this.#clock.ring();
    } else if (step.has('forget')) {
      const forget = step.object('forget');
      this.#reader.forget(forget.text('tenant', 'acme'), forget.text('name'));
      forget.end();
    } else if (step.has('changeEach')) {
      const change = step.object('changeEach');
      const item = this.#item(change.object('entry'));
      await this.#tryEach(step, changesOfEach(item, change.text('attribute')));
      change.end();
    } else if (step.has('changeEachOfRecord')) {
      const record = this.#record(step.object('changeEachOfRecord'));
      await this.#tryEach(step, changesOfEach(record, 'record'), () => {
        this.#clock.pass(60_000);
        return { tenant: 'acme', name: 'bank' };
      });
    } else if (step.has('mix')) {
      const mix = step.object('mix');
      const [one, other] = [this.#item(mix.object('entry')), this.#item(mix.object('other'))];
      await this.#tryEach(step, mixtures(one, other));
      mix.end();
    } else {
      await this.#ask(step, settles);
    }
    step.end();
  }

  /** Puts each item into the table and gets the credential that it then is. */
  async #tryEach(step: Fields, items: readonly TypedItem[], id = idOf): Promise<void> {
    assert.ok(items.length > 0, `changes of ${step}`);
    const ends = new Set<string>();
    for (const item of items) {
      this.#store(item);
      const { tenant, name } = id(item);
      const outcome = new Outcome();
      try {
        outcome.is(await this.#reader.get(tenant, name));
      } catch (error) {
        outcome.failed(error);
      }
      ends.add(outcome.value ?? outcome.error ?? '');
    }
    const expected = step.object('expect');
    if (expected.has('ends')) {
      assert.deepEqual([...ends].sort(), expected.texts('ends').sort(), `ends of ${step}`);
    } else {
      const allowed = expected.texts('endsAmong');
      assert.deepEqual(
        [...ends].filter((end) => !allowed.includes(end)),
        [],
        `ends of ${step}`,
      );
    }
    expected.end();
  }

  async #ask(step: Fields, settles: boolean): Promise<void> {
    const [asked, call] = this.#call(step);
    this.#during = this.#steps(asked, 'during');
    this.#clock.onPause = this.#steps(asked, 'onPause');
    asked.end();
    const expected = step.object('expect');
    const outcome = new Outcome();
    const before = {
      stats: this.#reader.stats(),
      requests: { ...this.#requests },
      asked: this.#asked.length,
      published: this.#published.length,
    };
    try {
      await call(outcome);
    } catch (error) {
      outcome.failed(error);
    }
    if (settles) {
      await this.#settled();
    }
    assert.equal(this.#during, undefined, `steps during ${step} were run`);
    assert.equal(this.#clock.onPause, undefined, `steps on a pause in ${step} were run`);

    const rose = difference(before.stats, this.#reader.stats());
    const actual: Record<string, unknown> = {
      ...outcome,
      source: sourceOf(rose),
      asked: this.#asked.slice(before.asked),
      published: this.#published.slice(before.published),
      requests: difference(before.requests, this.#requests),
    };
    this.#check(step, expected, actual, rose);
  }

  #check(
    step: Fields,
    expected: Fields,
    actual: Readonly<Record<string, unknown>>,
    rose: Readonly<Record<string, number>>,
  ): void {
    const names = ['value', 'version', 'failure', 'used', 'result', 'source', 'asked', 'published'];
    for (const name of [...names, 'credentials', 'failures', 'error']) {
      if (expected.has(name) || name === 'error') {
        assert.deepEqual(plain(actual[name]), expected.value(name), `${name} of ${step}`);
      }
    }
    if (expected.has('requests')) {
      const requests = expected.object('requests');
      const counts = {
        table: requests.number('table', 0),
        records: requests.number('records', 0),
        resolver: requests.number('resolver', 0),
        keys: requests.number('keys', 0),
      };
      requests.end();
      assert.deepEqual(actual.requests, counts, `requests of ${step}`);
    }
    if (expected.has('stats')) {
      for (const [name, count] of Object.entries(expected.object('stats').all())) {
        assert.equal(rose[name], count, `${name} of ${step}`);
      }
    }
    expected.end();
  }

  #call(step: Fields): [Fields, (outcome: Outcome) => Promise<void>] {
    if (step.has('get')) {
      const get = step.object('get');
      return [get, this.#get(get)];
    }
    if (step.has('getAll')) {
      const getAll = step.object('getAll');
      const tenant = getAll.text('tenant', 'acme');
      return [
        getAll,
        async (outcome) => {
          const { credentials, failures } = await this.#reader.getAll(tenant);
          outcome.credentials = Object.fromEntries(
            [...credentials].map(([name, credential]) => [name, credential.text()]),
          );
          outcome.failures = Object.fromEntries(failures);
        },
      ];
    }
    if (step.has('withCredential')) {
      const use = step.object('withCredential');
      return [use, this.#withCredential(use)];
    }
    if (step.has('invalidate')) {
      const invalidate = step.object('invalidate');
      const [tenant, name] = [invalidate.text('tenant', 'acme'), invalidate.text('name')];
      return [invalidate, () => this.#reader.invalidate(tenant, name)];
    }
    assert.ok(step.has('concurrently'), `no verb is known in ${step}`);
    const concurrently = step.object('concurrently');
    const count = concurrently.number('callers');
    const get = concurrently.object('get');
    const call = this.#get(get);
    get.end();
    return [
      concurrently,
      async (outcome) => {
        const outcomes = Array.from({ length: count }, () => new Outcome());
        await Promise.all(
          outcomes.map(async (each) => call(each).catch((error) => each.failed(error))),
        );
        for (const each of outcomes) {
          assert.deepEqual(each, outcomes[0]);
        }
        Object.assign(outcome, outcomes[0]);
      },
    ];
  }

  #get(get: Fields): (outcome: Outcome) => Promise<void> {
    const [tenant, name] = [get.text('tenant', 'acme'), get.text('name')];
    return async (outcome) => outcome.is(await this.#reader.get(tenant, name));
  }

  #withCredential(use: Fields): (outcome: Outcome) => Promise<void> {
    const id = { tenant: use.text('tenant', 'acme'), name: use.text('name') };
    const accepts = use.text('accepts');
    return async (outcome) => {
      const used: string[] = [];
      outcome.used = used;
      try {
        outcome.result = await this.#reader.withCredential(id, (credential) => {
          used.push(credential.text());
          if (credential.text() !== accepts) {
            throw new CredentialRejected();
          }
          return 'accepted';
        });
      } catch (error) {
        if (!(error instanceof CredentialRejected)) {
          throw error;
        }
        outcome.result = 'rejected';
      }
    };
  }

  #steps(asked: Fields, when: 'during' | 'onPause'): Steps {
    if (!asked.has(when)) {
      return undefined;
    }
    const steps = asked.objects(when);
    return async () => {
      for (const step of steps) {
        await this.#step(step, false);
      }
    };
  }

  #setAnswer(spec: Fields): void {
    if (spec.has('entries')) {
      this.#answer = JSON.stringify({
        entries: spec.objects('entries').map((entry) => this.#item(entry)),
      });
    } else if (spec.has('error')) {
      this.#answer = JSON.stringify({ error: { code: spec.text('error'), reason: 'told so' } });
    } else {
      this.#answer = spec.text('text');
    }
    spec.end();
  }

  #setFault(part: string, fault: unknown): void {
    const parts = ['table', 'records', 'keys', 'resolver', 'events'];
    assert.ok(parts.includes(part), `no such part: ${part}`);
    if (fault === null) {
      this.#faults.delete(part);
    } else {
      this.#faults.set(part, String(fault));
    }
  }

  #store(item: TypedItem): void {
    this.#items.set(keyOf(idOf(item)), item);
  }

  #item(spec: Fields): TypedItem {
    const item = this.#entry(spec);
    if (spec.has('tamper')) {
      const attribute = spec.text('tamper');
      item[attribute] = tampered(item[attribute]);
    }
    if (spec.has('format')) {
      const sealed = Buffer.from((item.sealed as { B: string }).B, 'base64');
      sealed[0] = spec.number('format');
      item.sealed = { B: sealed.toString('base64') };
    }
    if (spec.has('movedTo')) {
      const to = spec.object('movedTo');
      item.tenant = { S: to.text('tenant') };
      item.name = { S: to.text('name') };
      to.end();
    }
    spec.end();
    return item;
  }

  #entry(spec: Fields): TypedItem {
    const tenant = spec.text('tenant', 'acme');
    const now = this.#clock.now();
    if (spec.has('ready')) {
      return this.#ready({ tenant, name: spec.text('ready') }, spec);
    }
    if (spec.has('failed')) {
      return {
        tenant: { S: tenant },
        name: { S: spec.text('failed') },
        state: { S: 'FAILED' },
        fence: { N: '0' },
        failure: { S: spec.text('failure') },
        retryAt: { N: `${now + spec.number('retryAfter')}` },
        siblings: { N: `${spec.number('siblings', 1)}` },
        sealedAt: { N: `${now}` },
      };
    }
    return {
      tenant: { S: tenant },
      name: { S: spec.text('tombstone') },
      state: { S: 'INVALID' },
      fence: { N: '1' },
      ...(spec.has('revoked') && {
        revoked: { N: `${spec.number('revoked')}` },
        revokedAt: { N: `${now}` },
        retryAt: { N: `${now + spec.number('retryAfter')}` },
      }),
    };
  }

  #ready(id: CredentialId, spec: Fields): TypedItem {
    const now = this.#clock.now();
    const sealedAt = now - spec.number('age', 0);
    const life = {
      version: spec.number('version'),
      sealedAt,
      softExpiresAt: sealedAt + SOFT,
      hardExpiresAt: sealedAt + HARD,
    };
    const { wrapped, key } = this.#dataKey(id.tenant, spec);
    const envelope = seal(key, id, life, Buffer.from(spec.text('value')));
    return {
      tenant: { S: id.tenant },
      name: { S: id.name },
      state: { S: 'READY' },
      fence: { N: '0' },
      version: { N: `${life.version}` },
      sealed: { B: envelope.toString('base64') },
      ...(spec.has('vouching') && {
        vouching: { B: this.#vouching(key, id, { ...life, envelope }, spec).toString('base64') },
      }),
      dataKey: { B: wrapped },
      dataKeyCreatedAt: { N: `${now}` },
      sealedAt: { N: `${life.sealedAt}` },
      softExpiresAt: { N: `${life.softExpiresAt}` },
      hardExpiresAt: { N: `${life.hardExpiresAt}` },
      siblings: { N: `${spec.number('siblings', 1)}` },
      ...(spec.has('probe') && { probe: { N: `${spec.number('probe')}` } }),
      ...(spec.has('revoked') && {
        revoked: { N: `${spec.number('revoked')}` },
        revokedAt: { N: `${now}` },
        retryAt: { N: `${now}` },
      }),
    };
  }

  #vouching(
    key: KeyObject,
    id: CredentialId,
    sealed: Life & { readonly envelope: Buffer },
    entry: Fields,
  ): Buffer {
    const spec = entry.object('vouching');
    const head = vouchingHead(
      sealed.sealedAt + spec.number('sealLife', 86_400_000),
      spec.number('slot'),
      vouchId(spec.text('id')),
      this.#signer(spec.text('signer', 'ours')).publicKey,
    );
    spec.end();
    return vouchable(key, id, sealed, head);
  }

  /** The item of a freshness record, which may be tampered with. */
  #record(spec: Fields): TypedItem {
    const slot = spec.number('slot');
    const checkedAt = this.#clock.now() - spec.number('age', 0);
    const probes = spec.has('probes') ? spec.object('probes').all() : {};
    const others = Array.from({ length: spec.number('others', 0) }, (_, i) => `other ${i}`);
    const named = new Map<string, number | undefined>();
    for (const id of [...spec.texts('ids'), ...others, ...Object.keys(probes)]) {
      named.set(vouchId(id).toString('hex'), probes[id] as number | undefined);
    }
    const signers = spec.has('signers') ? spec.texts('signers') : ['ours'];
    let bytes = signRecord(
      slot,
      checkedAt,
      checkedAt + spec.number('life', HARD),
      named,
      signers.map((name) => this.#signer(name)),
    );
    if (spec.has('change')) {
      const change = spec.object('change');
      const at = change.number('byte');
      const index = at < 0 ? bytes.length + at : at;
      bytes[index] = (bytes[index] as number) ^ change.number('bits');
      change.end();
    }
    if (spec.has('length')) {
      bytes = Buffer.concat([bytes, Buffer.alloc(1)]).subarray(0, spec.number('length'));
    }
    const at = spec.number('at', slot);
    spec.end();
    return {
      tenant: { S: `#${at}` },
      name: { S: '#fresh' },
      record: { B: bytes.toString('base64') },
    };
  }

  #signer(name: string): Signer {
    const signer = this.#signers.get(name) ?? newSigner();
    this.#signers.set(name, signer);
    return signer;
  }

  #dataKey(tenant: string, spec: Fields): { readonly wrapped: string; readonly key: KeyObject } {
    const kms = spec.text('kms', 'ours');
    const id = `${kms} ${tenant} ${spec.text('dataKey', 'first')}`;
    let dataKey = this.#dataKeys.get(id);
    if (dataKey === undefined) {
      dataKey = {
        wrapped: randomBytes(48).toString('base64'),
        key: createSecretKey(randomBytes(32)),
      };
      this.#dataKeys.set(id, dataKey);
      if (kms === 'ours') {
        this.#wrapped.set(dataKey.wrapped, { tenant, key: dataKey.key });
      } else {
        this.#underAnotherKey.add(dataKey.wrapped);
      }
    }
    return dataKey;
  }

  #ports(): Ports {
    return {
      table: {
        read: (id) => this.#read(() => this.#items.get(keyOf(id))),
        readTenant: (tenant) =>
          this.#read(() =>
            [...this.#items.values()].filter((item) => idOf(item).tenant === tenant),
          ),
        readRecord: (slot) =>
          this.#under('records', async () =>
            this.#items.get(keyOf({ tenant: `#${slot}`, name: '#fresh' })),
          ),
      },
      keys: {
        expect: () => {},
        unwrap: (tenant, wrapped) =>
          this.#under('keys', async () => {
            if (this.#underAnotherKey.has(wrapped)) {
              throw new WrongKeyError('UNAVAILABLE', 'made under another key');
            }
            const known = this.#wrapped.get(wrapped);
            if (known?.tenant !== tenant) {
              throw new KeepwarmError('TAMPERED', 'made for something else');
            }
            return known.key;
          }),
      },
      resolver: {
        resolve: (request) => this.#under('resolver', async () => answerOf(this.#answer), request),
      },
      bus: {
        publish: (type, of) =>
          this.#under('events', async () => {
            this.#published.push({ type, ...of });
          }),
      },
      close: () => {},
    };
  }

  /** Takes the table's current items; further steps may run before the reader gets them. */
  #read<T>(table: () => T): Promise<T> {
    return this.#under('table', async () => {
      const answer = table();
      const during = this.#during;
      this.#during = undefined;
      await during?.();
      return answer;
    });
  }

  async #under<T>(
    part: 'table' | 'records' | 'keys' | 'resolver' | 'events',
    work: () => Promise<T>,
    request?: ResolveRequest,
  ): Promise<T> {
    if (part !== 'events') {
      this.#requests[part]++;
    }
    if (request !== undefined) {
      // As it is sent, without undefined fields.
      this.#asked.push(JSON.parse(JSON.stringify(request)));
    }
    const fault =
      this.#faults.get(part) ?? (part === 'records' ? this.#faults.get('table') : undefined);
    if (fault === 'HANG') {
      this.#clock.ring();
      return new Promise<T>(() => {});
    }
    this.#inProgress++;
    try {
      // No service responds in the same turn of the event loop.
      await new Promise(setImmediate);
      if (fault !== undefined) {
        throw new KeepwarmError(fault as ErrorCode, 'told so');
      }
      return await work();
    } finally {
      this.#inProgress--;
    }
  }

  /** Resolves once nothing is in progress in the background. */
  async #settled(): Promise<void> {
    await new Promise(setImmediate);
    await until('nothing is in progress', () => this.#inProgress === 0);
  }
}

/** Two clocks that stand still, and deadlines that pass only when a step says so. */
class ScenarioClock implements Clock {
  onPause: Steps;
  readonly #alarms = new Set<() => void>();
  #now = 1_800_000_000_000;
  #elapsed = 0;

  now = (): number => this.#now;
  elapsed = (): number => this.#elapsed;

  after(ms: number, fn: () => void): () => void {
    if (ms !== PAUSE) {
      this.#alarms.add(fn);
      return () => this.#alarms.delete(fn);
    }
    let cancelled = false;
    const steps = this.onPause;
    this.onPause = undefined;
    setImmediate(async () => {
      await steps?.();
      if (!cancelled) {
        fn();
      }
    });
    return () => {
      cancelled = true;
    };
  }

  pass(ms: number): void {
    this.#now += ms;
    this.#elapsed += ms;
  }

  shiftWall(ms: number): void {
    this.#now += ms;
  }

  /** A deadline has several parts, each of which begins when the one before it ends. */
  ring(): void {
    for (const alarm of this.#alarms) {
      this.#alarms.delete(alarm);
      alarm();
    }
  }
}

/** The outcome of a step. */
class Outcome {
  value: string | undefined;
  version: number | undefined;
  credentials: Record<string, string> = {};
  failures: Record<string, ErrorCode> = {};
  used: string[] | undefined;
  result: string | undefined;
  error: ErrorCode | undefined;
  failure: string | undefined;

  is(credential: Credential): void {
    this.value = credential.text();
    this.version = credential.version;
  }

  failed(error: unknown): void {
    if (!(error instanceof KeepwarmError)) {
      throw error;
    }
    this.error = error.code;
    this.failure = error.failure;
  }
}

function sourceOf(rose: Readonly<Record<string, number>>): string {
  if ((rose.staleServed ?? 0) > 0) {
    return 'stale';
  }
  if ((rose.nearHits ?? 0) > 0) {
    return 'near';
  }
  return (rose.resolves ?? 0) > 0 ? 'resolve' : 'table';
}

function difference(before: ReaderStats | object, after: object): Record<string, number> {
  const earlier = before as Record<string, number>;
  return Object.fromEntries(
    Object.entries(after as Record<string, number>).map(([name, count]) => [
      name,
      count - (earlier[name] ?? 0),
    ]),
  );
}

function tampered(value: TypedItem[string] | undefined): TypedItem[string] {
  if (value !== undefined && 'N' in value) {
    return { N: `${Number(value.N) + 1}` };
  }
  assert.ok(value !== undefined && 'B' in value, 'tamper: takes a number or bytes');
  const bytes = Buffer.from(value.B, 'base64');
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  return { B: bytes.toString('base64') };
}

function idOf(item: Item): CredentialId {
  const { tenant, name } = item as { tenant: { S: string }; name: { S: string } };
  return { tenant: tenant.S, name: name.S };
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
