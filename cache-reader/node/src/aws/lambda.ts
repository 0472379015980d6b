import { answerOf } from '../answer.js';
import type { Resolver } from '../ports.js';
import type { AwsClient } from './client.js';
import { AwsError, translate } from './errors.js';
import { encodeSegment } from './sigv4.js';

/**
 * Calls the decryptor by invoking its resolve function.
 *
 * @param attemptTimeout in milliseconds: as long as a whole call may take, because the function may
 *   start cold
 */
export function lambdaResolver(
  client: AwsClient,
  endpoint: URL,
  functionName: string,
  attemptTimeout: number,
): Resolver {
  return {
    resolve: async (request, signal) => {
      let answer: string;
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
              // The payload is not repeated: it is the function's own, and may contain a secret.
              throw new AwsError('FUNCTION_ERROR', response.status, 'the resolve function failed');
            }
            return response.body.toString('utf8');
          },
        );
      } catch (error) {
        signal.throwIfAborted();
        throw translate('the call of the decryptor failed', error);
      }
      return answerOf(answer);
    },
  };
}
