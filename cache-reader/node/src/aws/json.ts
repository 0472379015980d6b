import type { Signal } from '../clock.js';
import { type JsonObject, parseObject } from '../json.js';
import type { AwsClient } from './client.js';
import { AwsError, translate } from './errors.js';

/** A service that takes the name of its operation in a header, and JSON. */
export interface JsonService {
  readonly name: 'dynamodb' | 'kms' | 'events';
  readonly endpoint: URL;
  /** The prefix of the operation's name. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** The start of the message if a call fails. */
  readonly failure: string;
}

/** Calls an operation and applies `parse` to the JSON object it answers. */
export type CallJson = <T>(
  operation: string,
  input: JsonObject,
  signal: Signal,
  parse: (answer: JsonObject) => T,
) => Promise<T>;

/** Returns a function that calls operations of a service. */
export function jsonService(client: AwsClient, service: JsonService): CallJson {
  const { name, endpoint, target, version, failure } = service;
  return async (operation, input, signal, parse) => {
    try {
      return await client.call(
        {
          service: name,
          endpoint,
          path: '/',
          headers: {
            'content-type': `application/x-amz-json-${version}`,
            'x-amz-target': `${target}.${operation}`,
          },
          body: JSON.stringify(input),
        },
        signal,
        (response) => {
          const answer = parseObject(response.body.toString('utf8'));
          if (answer === undefined) {
            // Usually a truncated response: the call is retried.
            throw unexpected();
          }
          return parse(answer);
        },
      );
    } catch (error) {
      signal.throwIfAborted();
      throw translate(failure, error);
    }
  };
}

/** The error for a malformed response. */
export function unexpected(): AwsError {
  return new AwsError('BAD_ANSWER', 0, 'the response is malformed');
}
