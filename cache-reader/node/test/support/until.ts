import assert from 'node:assert/strict';

/** Far longer than anything takes on a busy machine, in milliseconds. */
const LIMIT = 300_000;

/** Resolves once `holds`; fails, saying what did not come about, if that takes forever. */
export async function until(what: string, holds: () => unknown): Promise<void> {
  const end = performance.now() + LIMIT;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `waited in vain until ${what}`);
    await new Promise(setImmediate);
  }
}

/** What a promise resolves to; fails, saying what did not come about, if that takes forever. */
export function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited in vain until ${what}`)), LIMIT);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
