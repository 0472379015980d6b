import type { TestContext } from 'node:test';
import type { CredentialId } from '../../src/id.js';
import { createReader, type Reader, type ReaderOptions } from '../../src/index.js';
import { FakeAws, ready } from './aws.js';
import { TestClock } from './clock.js';

export const DB: CredentialId = { tenant: 'acme', name: 'db' };

export const SOFT = 150_000;
export const HARD = 900_000;

/** A fake AWS, a clock and readers, all stopped when the test ends. */
export class World {
  readonly aws: FakeAws;
  readonly clock = new TestClock();
  /** By how much the decryptor's and AWS's clock is ahead of the reader's, in milliseconds. */
  ahead = 0;
  readonly #readers: Reader[] = [];

  private constructor(aws: FakeAws) {
    this.aws = aws;
  }

  static async of(test: TestContext): Promise<World> {
    const world = new World(await FakeAws.start());
    test.after(async () => {
      for (const reader of world.#readers) {
        reader.close();
      }
      await world.aws.stop();
    });
    return world;
  }

  reader(options: ReaderOptions = {}): Reader {
    const reader = createReader({
      env: this.aws.env,
      clock: this.clock,
      random: () => 0,
      ...options,
    });
    this.#readers.push(reader);
    return reader;
  }

  /** Gives AWS its own clock. */
  skew(ahead: number): void {
    this.ahead = ahead;
    this.aws.time = () => this.clock.now() + ahead;
  }

  /** An item sealed now. */
  sealed(text: string, version = 1, id = DB, siblings = 1): ReturnType<typeof ready> {
    const sealedAt = this.clock.now() + this.ahead;
    const life = {
      version,
      sealedAt,
      softExpiresAt: sealedAt + SOFT,
      hardExpiresAt: sealedAt + HARD,
    };
    return ready(this.aws, id, text, life, siblings);
  }

  /** Puts an entry, sealed now, into the table. */
  put(text: string, version = 1, id = DB, siblings = 1): void {
    this.aws.put(this.sealed(text, version, id, siblings));
  }
}

/** An assertion for `assert.rejects`: a KeepwarmError of that code. */
export function withCode(code: string, failure?: string) {
  return (error: unknown): boolean => {
    const { name, code: got, failure: why } = error as Record<string, unknown>;
    if (name !== 'KeepwarmError' || got !== code || why !== failure) {
      throw error;
    }
    return true;
  };
}
