/** The reader's only source of time. Tests bring their own. */
export interface Clock {
  /** The wall clock, in milliseconds since the epoch. It may be wrong. */
  now(): number;
  /**
   * Elapsed time in milliseconds, from any origin. It never goes back, and may stand still while the
   * process is frozen.
   */
  elapsed(): number;
  /** Calls `fn` once, after `ms` milliseconds, unless the returned function is called first. */
  after(ms: number, fn: () => void): () => void;
}

/** @internal */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not performance.now(): its modules take two milliseconds to load, in every cold start.
  elapsed: () => {
    const [seconds, nanos] = process.hrtime();
    return seconds * 1e3 + nanos / 1e6;
  },
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};

/** @internal A moment by both clocks. */
export interface Moment {
  readonly wall: number;
  readonly elapsed: number;
}

/** @internal */
export function momentOf(clock: Clock): Moment {
  return { wall: clock.now(), elapsed: clock.elapsed() };
}

/**
 * @internal
 * How long ago a moment was, in milliseconds, by the clock that reports the longer time: one may stand
 * still while the process is frozen, and the other may go back.
 */
export function since(clock: Clock, { wall, elapsed }: Moment): number {
  return Math.max(clock.now() - wall, clock.elapsed() - elapsed);
}

/** How often expired values are dropped, in milliseconds. */
const SWEEP_EVERY = 60_000;

/**
 * @internal
 * Returns a function that calls `sweep` if the last time was long ago. The reader's calls call it,
 * because nothing runs between them.
 */
export function sweeper(clock: Clock, sweep: () => void): () => void {
  let last = momentOf(clock);
  return () => {
    if (since(clock, last) >= SWEEP_EVERY) {
      last = momentOf(clock);
      sweep();
    }
  };
}

/**
 * @internal
 * A clock that learns from the dates in responses by how much it is off. `now` and `elapsed` stay
 * uncorrected, so that measured durations do not jump when it learns.
 */
export class CheckedClock implements Clock {
  readonly #clock: Clock;
  /** By how much the services' clock is ahead, in milliseconds. */
  skew = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  after(ms: number, fn: () => void): () => void {
    return this.#clock.after(ms, fn);
  }

  /** Wall time by the services' clock: decides on expiry. */
  date(): number {
    return this.now() + this.skew;
  }

  /**
   * Learns from the date of a response, which has whole seconds and lies after `sent`. Changes the
   * skew no more than necessary: a response that took long, as during a freeze, says little.
   */
  learn(date: number, sent: Moment): void {
    if (!Number.isNaN(date)) {
      this.skew = Math.min(Math.max(this.skew, date - this.now()), date + 999 - sent.wall);
    }
  }

  /** For messages: by how much the clock is off; empty if it is not, or not by much. */
  get complaint(): string {
    const seconds = Math.round(Math.abs(this.skew) / 1000);
    const way = this.skew < 0 ? 'ahead' : 'behind';
    return seconds < 30 ? '' : `; the clock of this host is ${seconds} s ${way}`;
  }
}

/**
 * Tells work to stop. It is not an AbortSignal: every read of the table needs a signal of its own, and
 * an AbortSignal costs more than unsealing.
 *
 * @internal
 */
export interface Signal {
  readonly aborted: boolean;
  /** Why, once aborted. */
  readonly reason: unknown;
  /**
   * Whether the process stood still for so much of the time, for example frozen, that a missing response
   * says nothing about the service.
   */
  readonly frozen: boolean;
  throwIfAborted(): void;
  /** Calls `fn` when it aborts, unless the returned function is called before. */
  onAbort(fn: () => void): () => void;
}

/** @internal A signal that can be aborted. */
export class Alarm implements Signal {
  readonly #listeners = new Set<() => void>();
  readonly #isFrozen: () => boolean;
  aborted = false;
  reason: unknown;

  constructor(isFrozen = () => false) {
    this.#isFrozen = isFrozen;
  }

  get frozen(): boolean {
    return this.#isFrozen();
  }

  throwIfAborted(): void {
    if (this.aborted) {
      throw this.reason;
    }
  }

  onAbort(fn: () => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

/** @internal Resolves after `ms` milliseconds; rejects with the signal's reason if that comes first. */
export function pause(clock: Clock, ms: number, signal: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = signal.onAbort(() => {
      cancel();
      reject(signal.reason);
    });
    const cancel = clock.after(ms, () => {
      stop();
      resolve();
    });
  });
}

/** A time limit is measured in this many parts: if parts end late, the process stood still. */
const PARTS = 8;

/**
 * Timers of a busy machine are late, too: by a quarter of the limit in all, or by this many ms if
 * that is more.
 */
const BUSY = 50;

/**
 * @internal
 * Runs `work` with a signal that aborts after `ms` milliseconds, with `reason(frozen)` as its
 * reason. Settles then at the latest, whether `work` heeds the signal or not.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  reason: (frozen: boolean) => Error,
  work: (signal: Signal) => Promise<T>,
): Promise<T> {
  const end = clock.elapsed() + ms;
  const part = ms / PARTS;
  let begun = momentOf(clock);
  let left = PARTS;
  let lost = 0;
  const late = (): number => Math.max(0, since(clock, begun) - part);
  const alarm = new Alarm(() => lost + late() > Math.max(ms / 4, BUSY));
  const ended = (): void => {
    lost += late();
    begun = momentOf(clock);
    const rest = Math.min(part, end - begun.elapsed);
    if (--left > 0 && rest > 0) {
      cancel = clock.after(rest, ended);
    } else {
      alarm.abort(reason(alarm.frozen));
    }
  };
  let cancel = clock.after(part, ended);
  try {
    return await orAborted(alarm, work(alarm));
  } finally {
    cancel();
  }
}

/** @internal Settles as `promise` does, or rejects with the signal's reason if that comes first. */
export function orAborted<T>(signal: Signal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
    }
    const stop = signal.onAbort(() => reject(signal.reason));
    // Also after an abort, so that a late failure is not an unhandled rejection.
    promise.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error) => {
        stop();
        reject(error);
      },
    );
  });
}
