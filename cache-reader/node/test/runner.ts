// The reader behind the runner protocol of cache-reader/contract, by standard input and output:
//
//     npx tsc -p tsconfig.test.json
//     cd ../.. && ./mvnw -pl cache-reader/java test -Dtest=ExternalContractTest \
//       -Dreader="node $PWD/cache-reader/node/build/test/runner.js"

import { createSecretKey } from 'node:crypto';
import { createInterface } from 'node:readline';
import { answerOf } from '../src/answer.js';
import { CheckedClock, type Clock, orAborted, type Signal } from '../src/clock.js';
import { WrongKeyError } from '../src/errors.js';
import {
  type Credential,
  CredentialRejected,
  type ErrorCode,
  KeepwarmError,
  type OnMiss,
  type Reader,
} from '../src/index.js';
import type { Item } from '../src/item.js';
import type { Ports } from '../src/ports.js';
import { readerOf } from '../src/reader.js';

type Fields = Record<string, unknown>;

interface Message extends Fields {
  readonly wall: number;
  readonly elapsed: number;
  readonly call?: number;
  readonly reply?: number;
  readonly new?: {
    readonly nearTtl?: number;
    readonly dataKeyTtl?: number;
    readonly onMiss?: OnMiss;
  };
  readonly deadline?: Fields;
}

interface Id {
  readonly tenant: string;
  readonly name: string;
}

/** The pause between two polls of the table, in milliseconds. */
const PAUSE = 50;

function send(message: Fields): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const replies = new Map<number, (message: Message) => void>();
let requests = 0;
/** Calls and requests that have not ended. */
let busy = 0;
let settling: (() => void)[] = [];

/** Lets pending promises continue, before it reports that nothing is in progress. */
function idle(): void {
  if (busy === 0) {
    setImmediate(() => {
      if (busy === 0) {
        for (const settle of settling) {
          settle();
        }
        settling = [];
      }
    });
  }
}

async function counted<T>(work: () => Promise<T>): Promise<T> {
  busy++;
  try {
    return await work();
  } finally {
    busy--;
    idle();
  }
}

/** Asks the runner; ends at the deadline even if there is no reply. */
function request(what: string, about: Fields, signal?: Signal): Promise<Fields> {
  const number = ++requests;
  const reply = new Promise<Message>((resolve) => {
    replies.set(number, resolve);
    send({ request: number, [what]: about });
  });
  return counted(async () => {
    const { error, result } = await (signal === undefined ? reply : orAborted(signal, reply));
    if (error === 'WRONG_KEY') {
      throw new WrongKeyError('UNAVAILABLE', 'told so');
    }
    if (error !== undefined) {
      throw new KeepwarmError(error as ErrorCode, 'told so');
    }
    return result as Fields;
  });
}

/** The runner's clocks. Its timers are deadlines, in parts, and pauses. */
class RunnerClock implements Clock {
  readonly #alarms = new Set<() => void>();
  wall = 0;
  ticks = 0;

  now = (): number => this.wall;
  elapsed = (): number => this.ticks;

  after(ms: number, fn: () => void): () => void {
    if (ms !== PAUSE) {
      this.#alarms.add(fn);
      return () => this.#alarms.delete(fn);
    }
    let cancelled = false;
    void request('pause', { ms }).then(() => {
      if (!cancelled) {
        fn();
      }
    });
    return () => {
      cancelled = true;
    };
  }

  /** A part of a deadline begins when the one before it ends. */
  ring(): void {
    for (const alarm of this.#alarms) {
      this.#alarms.delete(alarm);
      alarm();
    }
  }
}

const ports: Ports = {
  table: {
    read: async ({ tenant, name }, signal) =>
      (await request('getItem', { tenant, name }, signal)).item as Item | undefined,
    readTenant: async (tenant, signal) =>
      (await request('query', { tenant }, signal)).items as Item[],
    readRecord: async (slot, signal) =>
      (await request('getItem', { tenant: `#${slot}`, name: '#fresh' }, signal)).item as
        | Item
        | undefined,
  },
  keys: {
    expect: () => {},
    unwrap: async (tenant, ciphertext, signal) => {
      const { plaintext } = await request('decrypt', { tenant, ciphertext }, signal);
      return createSecretKey(Buffer.from(plaintext as string, 'base64'));
    },
  },
  resolver: {
    resolve: async (asked, signal) =>
      answerOf((await request('resolve', { ...asked }, signal)).text as string),
  },
  bus: {
    publish: async (type, detail, signal) => {
      const { refused } = await request('publish', { type, detail }, signal);
      if (refused === true) {
        throw new KeepwarmError('UNAVAILABLE', 'the bus refused it');
      }
    },
  },
  close: () => {},
};

const clock = new RunnerClock();
let reader: Reader = newReader({});

function newReader(settings: NonNullable<Message['new']>): Reader {
  return readerOf(ports, new CheckedClock(clock), {
    cacheTable: 'keepwarm-cache',
    nearTtl: settings.nearTtl ?? 30_000,
    nearSize: 10_000,
    nearBytes: 1_000_000,
    dataKeyTtl: settings.dataKeyTtl ?? 900_000,
    deadline: 2000,
    onMiss: settings.onMiss ?? 'resolve',
  });
}

const told = (found: Credential) => ({ value: found.text(), version: found.version });

async function run(call: number, message: Message): Promise<Fields> {
  const [verb = '', about] = Object.entries(message).find(
    ([name]) => !['call', 'wall', 'elapsed'].includes(name),
  ) as [string, Id];
  switch (verb) {
    case 'get':
      return told(await reader.get(about));
    case 'getAll': {
      const { credentials, failures } = await reader.getAll(about.tenant);
      const values = [...credentials].map(([name, found]) => [name, found.text()] as const);
      return { credentials: Object.fromEntries(values), failures: Object.fromEntries(failures) };
    }
    case 'withCredential':
      return withCredential(call, about);
    case 'invalidate':
      await reader.invalidate(about);
      return {};
    case 'forget':
      reader.forget(about);
      return {};
    case 'stats':
      return { counts: reader.stats() };
    default:
      throw new Error(`the verb ${verb} is unknown`);
  }
}

async function withCredential(call: number, id: Id): Promise<Fields> {
  try {
    return await reader.withCredential(id, async (found) => {
      const { accepted } = await request('use', { call, ...told(found) });
      if (accepted !== true) {
        throw new CredentialRejected();
      }
      return { result: 'accepted' };
    });
  } catch (error) {
    if (error instanceof CredentialRejected) {
      return { result: 'rejected' };
    }
    throw error;
  }
}

async function ended(call: number, message: Message): Promise<void> {
  try {
    send({ ended: call, ...(await counted(() => run(call, message))) });
  } catch (error) {
    if (!(error instanceof KeepwarmError)) {
      throw error;
    }
    send({ ended: call, error: error.code, failure: error.failure });
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Message;
  clock.wall = message.wall;
  clock.ticks = message.elapsed;
  if (message.new !== undefined) {
    reader = newReader(message.new);
  } else if (message.deadline !== undefined) {
    clock.ring();
  } else if (message.reply !== undefined) {
    replies.get(message.reply)?.(message);
    replies.delete(message.reply);
  } else if (message.call !== undefined) {
    const { call } = message;
    if (message.settle === undefined) {
      void ended(call, message);
    } else {
      settling.push(() => send({ ended: call }));
      idle();
    }
  }
}
