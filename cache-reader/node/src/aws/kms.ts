import { createSecretKey, type KeyObject } from 'node:crypto';
import { KeepwarmError } from '../errors.js';
import type { KeyService } from '../ports.js';
import type { AwsClient } from './client.js';
import { jsonService, unexpected } from './json.js';

/** AWS KMS. Unwraps what `keyId` (id, ARN or alias) wrapped, and nothing else. */
export function kms(client: AwsClient, endpoint: URL, keyId: string): KeyService {
  const call = jsonService(client, {
    name: 'kms',
    endpoint,
    target: 'TrentService',
    version: '1.1',
    failure: 'KMS cannot decrypt',
  });
  return {
    unwrap: (tenant, wrapped, signal) => {
      const EncryptionContext = { keepwarm: '1', tenant };
      const input = { CiphertextBlob: wrapped, KeyId: keyId, EncryptionContext };
      return call('Decrypt', input, signal, ({ Plaintext }) => keyOf(Plaintext));
    },
  };
}

function keyOf(plaintext: unknown): KeyObject {
  if (typeof plaintext !== 'string') {
    throw unexpected();
  }
  const secret = Buffer.from(plaintext, 'base64');
  try {
    if (secret.length !== 32) {
      throw new KeepwarmError('TAMPERED', 'a data key is not 32 bytes');
    }
    return createSecretKey(secret);
  } finally {
    secret.fill(0);
  }
}
