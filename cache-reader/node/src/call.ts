import type { AbortSignalLike, CallOptions, GetOptions } from './api.js';
import { KeepwarmError } from './errors.js';
import { checkNames, durationOf } from './settings.js';

/** Checks the options of a call. */
export function callOf(options: unknown, names: readonly string[] = ['signal']): CallOptions {
  if (options === undefined) {
    return {};
  }
  checkNames(options, names);
  const { signal } = options as CallOptions;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new KeepwarmError('INVALID_CONFIGURATION', 'signal: must be an AbortSignal');
  }
  return { signal };
}

/** Checks the options of a read. */
export function getCallOf(options: unknown): CallOptions & { readonly maxAge?: number } {
  if (options === undefined) {
    return {};
  }
  const call = callOf(options, ['signal', 'maxAge', 'forceFetch']);
  const { maxAge, forceFetch } = options as GetOptions;
  if (forceFetch !== undefined && typeof forceFetch !== 'boolean') {
    throw new KeepwarmError('INVALID_CONFIGURATION', 'forceFetch: must be true or false');
  }
  const ms = forceFetch ? 0 : maxAge === undefined ? undefined : durationOf(maxAge);
  if (ms === undefined && maxAge !== undefined) {
    const allowed = 'a duration such as 500ms, 30s or 15m';
    throw new KeepwarmError('INVALID_CONFIGURATION', `maxAge: must be ${allowed}`);
  }
  return ms === undefined ? call : { ...call, maxAge: ms };
}

/** Settles as `work` does, or rejects with the signal's reason if that aborts first. */
export function unlessAborted<T>(
  signal: AbortSignalLike | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) {
    return work();
  }
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      signal.removeEventListener('abort', abort);
      reject(signal.reason);
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort);
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
