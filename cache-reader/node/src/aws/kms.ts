import { createSecretKey, type KeyObject } from 'node:crypto';
import { KeepwarmError, WrongKeyError } from '../errors.js';
import type { KeyService } from '../ports.js';
import type { AwsClient } from './client.js';
import { AwsError } from './errors.js';
import { jsonService, unexpected } from './json.js';

/**
 * AWS KMS. Unwraps only data keys that one of the given keys wrapped.
 *
 * @param keyIds ids, ARNs or aliases, the current key first. Any other key is skipped if it is
 *   disabled, deleted or denied
 * @param preconnect whether to connect as soon as a call is expected
 */
export function kms(
  client: AwsClient,
  endpoint: URL,
  keyIds: readonly string[],
  preconnect: boolean,
): KeyService {
  const call = jsonService(client, {
    name: 'kms',
    endpoint,
    target: 'TrentService',
    version: '1.1',
    failure: 'KMS cannot decrypt',
  });
  return {
    unwrap: async (tenant, wrapped, signal) => {
      const EncryptionContext = { keepwarm: '1', tenant };
      for (const KeyId of keyIds) {
        const input = { CiphertextBlob: wrapped, KeyId, EncryptionContext };
        try {
          return await call('Decrypt', input, signal, ({ Plaintext }) => keyOf(Plaintext));
        } catch (error) {
          const { code, cause } = error as KeepwarmError;
          const said = cause instanceof AwsError ? cause.awsCode : '';
          const isRetired = KeyId !== keyIds[0] && (code === 'DENIED' || RETIRED.test(said));
          if (said !== 'IncorrectKeyException' && !isRetired) {
            throw error;
          }
        }
      }
      const keys = keyIds.join(', ');
      throw new WrongKeyError('UNAVAILABLE', `KMS cannot decrypt: not encrypted under ${keys}`);
    },

    expect: () => {
      if (preconnect) {
        client.connect(endpoint);
      }
    },
  };
}

const RETIRED = /^(NotFound|Disabled|KMSInvalidState)Exception$/;

function keyOf(plaintext: unknown): KeyObject {
  if (typeof plaintext !== 'string') {
    throw unexpected();
  }
  const secret = Buffer.from(plaintext, 'base64');
  try {
    if (secret.length !== 32) {
      throw new KeepwarmError('TAMPERED', 'a data key does not have 32 bytes');
    }
    return createSecretKey(secret);
  } finally {
    secret.fill(0);
  }
}
