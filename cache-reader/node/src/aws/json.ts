import type { AwsClient } from './client.js';
import { AwsError, translate } from './errors.js';
import type { HttpResponse } from './http.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A service that takes the name of its operation in a header, and JSON. */
export interface JsonService {
  readonly name: 'dynamodb' | 'kms' | 'events';
  readonly endpoint: URL;
  /** What stands before the operation's name. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
}

/**
 * Calls an operation and applies `parse` to the JSON object it answers.
 *
 * @param what what cannot be done if it fails
 */
export async function callJson<T>(
  client: AwsClient,
  service: JsonService,
  operation: string,
  input: JsonObject,
  signal: AbortSignal,
  what: string,
  parse: (answer: JsonObject) => T,
): Promise<T> {
  try {
    return await client.call(
      {
        service: service.name,
        endpoint: service.endpoint,
        path: '/',
        headers: {
          'content-type': `application/x-amz-json-${service.version}`,
          'x-amz-target': `${service.target}.${operation}`,
        },
        body: JSON.stringify(input),
        attemptTimeout: 1000,
      },
      signal,
      (response) => parse(jsonObject(response)),
    );
  } catch (error) {
    signal.throwIfAborted();
    throw translate(what, error);
  }
}

/**
 * The JSON object of an answer. Anything else, as a truncated body is, counts as no whole answer
 * and is tried again.
 */
export function jsonObject(response: HttpResponse): JsonObject {
  try {
    const value: unknown = JSON.parse(response.body.toString('utf8'));
    if (isObject(value)) {
      return value;
    }
  } catch {
    // JSON.parse's message quotes the body.
  }
  throw unexpected();
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An answer that is none. */
export function unexpected(): AwsError {
  return new AwsError('BAD_ANSWER', 0, 'the answer is not of the expected form');
}
