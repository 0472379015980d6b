import { setMaxListeners } from 'node:events';

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

/** @internal Resolves after `ms` milliseconds; rejects with the signal's reason if that comes first. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
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
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  // As many as a tenant has data keys; each goes when its request ends.
  setMaxListeners(0, controller.signal);
  const cancel = clock.after(ms, () => controller.abort(reason()));
  try {
    return await orAborted(controller.signal, work(controller.signal));
  } finally {
    cancel();
  }
}

/** @internal What `promise` settles to, or the signal's reason if that comes first. */
export function orAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) {
      onAbort();
    }
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
