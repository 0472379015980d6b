// Old and new readers, decryptors and warmers at once, in any order of deployment, and back again. The old reader is the
// real one, built before there was format 2. The decryptors are doubles: they write the items of either format.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Item } from '../src/item.js';
import { seal } from './support/seal.js';
import { newSigner, signRecord, vouchable, vouchId, vouchingHead } from './support/vouch.js';

const ID = { tenant: 'acme', name: 'bank' };
const SLOT = 7;
const HARD = 900_000;
const SEAL_LIFE = 86_400_000;
const START = 1_800_000_000_000;
const KEY = createSecretKey(Buffer.alloc(32, 1));
const SIGNER = newSigner(Buffer.alloc(32, 2));

type Fields = Record<string, unknown>;
type Generation = 'old' | 'new';

/** The table, the source, and a decryptor of either generation. */
class Fleet {
  now = START;
  /** The version that the source has. */
  version = 1;
  decryptor: Generation = 'old';
  readonly table = new Map<string, Item>();

  /** Seals what the source has, in the place of whatever is there. */
  refresh(): Item {
    const life = {
      version: this.version,
      sealedAt: this.now,
      softExpiresAt: this.now + HARD / 6,
      hardExpiresAt: this.now + HARD,
    };
    const envelope = seal(KEY, ID, life, Buffer.from(`value ${this.version}`));
    const item: Item = {
      tenant: { S: ID.tenant },
      name: { S: ID.name },
      state: { S: 'READY' },
      fence: { N: '1' },
      version: { N: `${life.version}` },
      sealed: { B: envelope.toString('base64') },
      dataKey: { B: 'AAAA' },
      dataKeyCreatedAt: { N: '1' },
      sealedAt: { N: `${life.sealedAt}` },
      softExpiresAt: { N: `${life.softExpiresAt}` },
      hardExpiresAt: { N: `${life.hardExpiresAt}` },
      siblings: { N: '1' },
    };
    const head = vouchingHead(this.now + SEAL_LIFE, SLOT, this.#state(), SIGNER.publicKey);
    const vouching = vouchable(KEY, ID, { ...life, envelope }, head);
    const written =
      this.decryptor === 'new' ? { ...item, vouching: { B: vouching.toString('base64') } } : item;
    this.table.set(ID.tenant, written);
    return written;
  }

  /** A change at the source that is announced: the entry is replaced. */
  rotate(): void {
    this.version++;
    this.refresh();
  }

  /** A tombstone written by an update that does not know `vouching`. */
  invalidate(): void {
    const item = this.table.get(ID.tenant);
    if (item !== undefined) {
      this.table.set(ID.tenant, {
        tenant: item.tenant as Item[string],
        name: item.name as Item[string],
        state: { S: 'INVALID' },
        fence: { N: '2' },
        ...(item.vouching !== undefined && { vouching: item.vouching }),
      });
    }
  }

  /** A round of the new decryptor: vouches for what the source has. */
  vouch(): void {
    const record = signRecord(
      SLOT,
      this.now,
      this.now + HARD,
      new Map([[this.#state().toString('hex'), undefined]]),
      [SIGNER],
    );
    this.table.set(`#${SLOT}`, {
      tenant: { S: `#${SLOT}` },
      name: { S: '#fresh' },
      record: { B: record.toString('base64') },
      checkedAt: { N: `${this.now}` },
    });
  }

  #state(): Buffer {
    return vouchId(`${this.version}`);
  }
}

/** A reader in a separate process, behind the runner protocol. */
class ReaderProcess {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #calls = 0;

  constructor(file: string) {
    this.#process = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    assert.ok(this.#process.stdout);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** The behaviour of a reader with empty caches: the value or the error, and its requests. */
  async get(fleet: Fleet): Promise<{ value?: unknown; error?: unknown; asked: string[] }> {
    const asked: string[] = [];
    const call = ++this.#calls;
    this.#send(fleet, { new: {} });
    this.#send(fleet, { call, get: ID });
    while (true) {
      const line = await this.#lines.next();
      assert.ok(line.done !== true, 'the reader has exited');
      const message = JSON.parse(line.value) as Fields;
      if (message.ended !== undefined) {
        assert.equal(message.ended, call);
        return { value: message.value, error: message.error, asked };
      }
      this.#send(fleet, { reply: message.request, result: answerTo(fleet, message, asked) });
    }
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await exited;
  }

  #send(fleet: Fleet, message: Fields): void {
    const line = { wall: fleet.now, elapsed: fleet.now - START, ...message };
    this.#process.stdin?.write(`${JSON.stringify(line)}\n`);
  }
}

function answerTo(fleet: Fleet, message: Fields, asked: string[]): Fields {
  if (message.getItem !== undefined) {
    const { tenant } = message.getItem as typeof ID;
    asked.push(tenant);
    const item = fleet.table.get(tenant);
    return item === undefined ? {} : { item };
  }
  if (message.decrypt !== undefined) {
    return { plaintext: KEY.export().toString('base64') };
  }
  if (message.resolve !== undefined) {
    asked.push('resolve');
    return { text: JSON.stringify({ entries: [fleet.refresh()] }) };
  }
  throw new Error(`nobody asks for that: ${JSON.stringify(message)}`);
}

const OLD = '../contract/old-reader.mjs';
const NEW = fileURLToPath(new URL('runner.js', import.meta.url));

let readers: Record<Generation, ReaderProcess>;

before(() => {
  readers = { old: new ReaderProcess(OLD), new: new ReaderProcess(NEW) };
});

after(async () => {
  await readers.old.stop();
  await readers.new.stop();
});

test('bothReadersUseAnEntryOfEitherFormatUntilItsHardExpiry', async () => {
  for (const decryptor of ['old', 'new'] as const) {
    const fleet = new Fleet();
    fleet.decryptor = decryptor;
    fleet.refresh();
    fleet.now += HARD - 1;
    for (const reader of [readers.old, readers.new]) {
      const { value, asked } = await reader.get(fleet);
      assert.equal(value, 'value 1');
      assert.ok(!asked.includes('resolve'));
    }
  }
});

test('anOldReaderResolvesWhatANewOneIsVouchedFor', async () => {
  const fleet = new Fleet();
  fleet.decryptor = 'new';
  fleet.refresh();
  fleet.now += HARD;
  fleet.vouch();
  fleet.now += HARD - 1;

  assert.deepEqual(await readers.new.get(fleet), {
    value: 'value 1',
    error: undefined,
    asked: ['acme', `#${SLOT}`],
  });
  const old = await readers.old.get(fleet);
  assert.deepEqual(old, { value: 'value 1', error: undefined, asked: ['acme', 'resolve'] });
});

test('aDecryptorThatIsRolledBackLeavesNothingThatARecordVouchesFor', async () => {
  const fleet = new Fleet();
  fleet.decryptor = 'new';
  fleet.refresh();
  fleet.vouch();
  fleet.decryptor = 'old';
  fleet.refresh();
  fleet.now += HARD - 1;
  assert.deepEqual((await readers.new.get(fleet)).asked, ['acme']);
  fleet.vouch();
  fleet.now += 1;
  assert.deepEqual((await readers.new.get(fleet)).asked, ['acme', 'resolve']);
});

test('neitherReaderUsesATombstoneThatKeepsWhoMayVouch', async () => {
  for (const reader of [readers.old, readers.new]) {
    const fleet = new Fleet();
    fleet.decryptor = 'new';
    fleet.refresh();
    fleet.vouch();
    fleet.invalidate();
    fleet.version = 2;
    assert.equal((await reader.get(fleet)).value, 'value 2');
  }
});

type Step =
  | { readonly deploy: Generation }
  | { readonly wait: number }
  | { readonly read: Generation }
  | 'refresh'
  | 'vouch'
  | 'rotate'
  | 'invalidate';

const generation = fc.constantFrom<Generation>('old', 'new');
const step: fc.Arbitrary<Step> = fc.oneof(
  generation.map((deploy) => ({ deploy })),
  fc.integer({ min: 1, max: 2 * HARD }).map((wait) => ({ wait })),
  generation.map((read) => ({ read })),
  fc.constantFrom<Step>('refresh', 'vouch', 'rotate', 'invalidate'),
);

test('whateverIsDeployedInWhateverOrderNobodyReadsWhatIsNotThere', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const fleet = new Fleet();
      /** The latest time at which the source was known to have what is in the table. */
      let compared = 0;
      for (const each of [...steps, { read: 'old' }, { read: 'new' }] as Step[]) {
        if (typeof each !== 'string') {
          if ('deploy' in each) {
            fleet.decryptor = each.deploy;
          } else if ('wait' in each) {
            fleet.now += each.wait;
          } else {
            const { value, error, asked } = await readers[each.read].get(fleet);
            assert.equal(error, undefined);
            assert.equal(value, `value ${fleet.version}`);
            assert.ok(each.read === 'new' || !asked.includes(`#${SLOT}`));
            if (asked.includes('resolve')) {
              compared = fleet.now;
            }
            assert.ok(fleet.now - compared < HARD, 'nobody has compared it for so long');
          }
        } else if (each === 'vouch') {
          fleet.vouch();
          compared = fleet.now;
        } else {
          fleet[each]();
          compared = each === 'invalidate' ? compared : fleet.now;
        }
      }
    }),
    { numRuns: 200 },
  );
});
