import assert from 'node:assert/strict';

/** Far longer than anything takes on a busy machine, in milliseconds. */
const LIMIT = 300_000;

/** Resolves once `holds` is true; fails after a long time, and names the missing condition. */
export async function until(what: string, holds: () => unknown): Promise<void> {
  const end = performance.now() + LIMIT;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `waited in vain until ${what}`);
    await new Promise(setImmediate);
  }
}

/** Resolves as a promise does; fails after a long time, and names the missing result. */
export function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited in vain until ${what}`)), LIMIT);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
