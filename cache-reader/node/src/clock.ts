/** The one door to time. Tests and simulations bring their own. */
export interface Clock {
  /** Wall time in milliseconds since the epoch: decides on expiry. */
  now(): number;
  /** Elapsed time in milliseconds, from any start; never goes back: decides on freshness. */
  elapsed(): number;
  /** Calls `fn` once after `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, fn: () => void): () => void;
}

/** @internal */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Tells work to stop. Not an AbortSignal: every read of the table needs a signal of its own, and
 * those cost more than unsealing does.
 *
 * @internal
 */
export interface Signal {
  readonly aborted: boolean;
  /** Why, once aborted. */
  readonly reason: unknown;
  throwIfAborted(): void;
  /** Calls `fn` when it aborts, unless the returned function is called before. */
  onAbort(fn: () => void): () => void;
}

/** @internal A signal, and how to give it. */
export class Alarm implements Signal {
  readonly #listeners = new Set<() => void>();
  aborted = false;
  reason: unknown;

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

/**
 * @internal
 * Runs `work` with a signal that aborts after `ms` milliseconds, with `reason()` as its reason.
 * Settles then at the latest, whether `work` heeds the signal or not.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  reason: () => Error,
  work: (signal: Signal) => Promise<T>,
): Promise<T> {
  const alarm = new Alarm();
  const cancel = clock.after(ms, () => alarm.abort(reason()));
  try {
    return await orAborted(alarm, work(alarm));
  } finally {
    cancel();
  }
}

/** @internal What `promise` settles to, or the signal's reason if that comes first. */
export function orAborted<T>(signal: Signal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
    }
    const stop = signal.onAbort(() => reject(signal.reason));
    // Also of what nobody waits for any more: its failure is no unhandled rejection.
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
