import type { Entry } from '../entry.js';
import { type ErrorCode, KeepwarmError } from '../errors.js';
import { entryOf } from '../item.js';
import type { Resolver } from '../ports.js';
import type { AwsClient } from './client.js';
import { AwsError, translate } from './errors.js';
import { isObject, type JsonObject, jsonObject } from './json.js';
import { encodeSegment } from './sigv4.js';

/**
 * The decryptor, asked by invoking its resolve function.
 *
 * @param attemptTimeout in milliseconds: as long as a call may take, for it may start cold
 */
export function lambdaResolver(
  client: AwsClient,
  endpoint: URL,
  functionName: string,
  attemptTimeout: number,
): Resolver {
  return {
    resolve: async (request, signal) => {
      let answer: JsonObject;
      try {
        answer = await client.call(
          {
            service: 'lambda',
            endpoint,
            path: `/2015-03-31/functions/${encodeSegment(functionName)}/invocations`,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(request),
            attemptTimeout,
          },
          signal,
          (response) => {
            if (response.headers['x-amz-function-error'] !== undefined) {
              // Its payload is the function's own and may hold anything.
              throw new AwsError('FUNCTION_ERROR', response.status, 'the resolve function failed');
            }
            return jsonObject(response);
          },
        );
      } catch (error) {
        signal.throwIfAborted();
        throw translate('the decryptor cannot resolve', error);
      }
      return entriesOf(answer);
    },
  };
}

/** The entries of an answer; throws what it says instead. */
function entriesOf(answer: JsonObject): Entry[] {
  const { error, entries } = answer;
  if (isObject(error)) {
    throw new KeepwarmError(codeOf(error.code), 'the decryptor cannot resolve');
  }
  if (!Array.isArray(entries) || !entries.every(isObject)) {
    throw new KeepwarmError('UNAVAILABLE', "the decryptor's answer is not an answer");
  }
  return entries.map(entryOf);
}

function codeOf(code: unknown): ErrorCode {
  return code === 'DENIED' || code === 'TIMEOUT' || code === 'TAMPERED' ? code : 'UNAVAILABLE';
}
